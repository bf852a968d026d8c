"""What operators see: figures, health, and logs that name nobody."""

import io
import json
import logging
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server import logs
from server.services import jobs
from server.services.messaging import sending
from server.services.messaging.gateways.base import Refused
from server.storage.database import writing
from tests.messaging.test_outbox import Scripted


def families(texting):
    answer = texting.office.app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return {one.name: one for one in text_string_to_metric_families(answer.text)}


def sample(family, **labels):
    return next(one.value for one in family.samples if labels.items() <= one.labels.items())


def test_prometheus_reads_jobs_and_messages_by_state(texting):
    texting.queue()
    texting.queue(phone="13900000001")
    sending.send_due(Scripted(Refused("400")))
    with writing() as connection:
        jobs.enqueue(connection, "thumbnail", "x", due_at=texting.clock.now - 90_000)

    found = families(texting)

    assert sample(found["roundbook_messages"], state="failed") == 1
    assert sample(found["roundbook_messages"], state="sent") == 1
    assert sample(found["roundbook_jobs"], state="due") >= 1
    assert found["roundbook_job_oldest_due_seconds"].samples[0].value >= 89


def test_requests_are_counted_by_name_and_not_by_address(texting):
    texting.office.app.test_client().get("/customers/13800138000")

    found = families(texting)

    text = str([one.labels for one in found["roundbook_requests"].samples])
    assert "customers.show" in text
    assert "13800138000" not in text


def test_health_answers_and_readiness_says_whether_redis_is_there(texting):
    client = texting.office.app.test_client()

    assert client.get("/healthz").json["state"] == "ok"
    assert client.get("/readyz").json == {"state": "ready", "redis": "not configured"}


@pytest.fixture
def log(monkeypatch):
    """The log as JSON lines, read back."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    before = logging.getLogger().handlers[:]
    logs.to_stderr("json")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.getLogger().handlers[:] = before


def test_a_line_of_the_log_is_an_object_with_what_the_message_says(log):
    logging.getLogger("roundbook.workers").info("job=%d name=%s done seconds=%.2f", 17, "thumbnail", 0.25)

    (line,) = log()
    assert (line["level"], line["logger"], line["job"], line["seconds"]) == ("INFO", "roundbook.workers", "17", "0.25")


@pytest.mark.parametrize(
    ("message", "blotted"),
    [
        ("sent to 138 0013 8000", f"sent to {logs.BLOT}"),
        ("sent to +86-13800138000 now", f"sent to {logs.BLOT} now"),
        ("from wang@example.com", f"from {logs.BLOT}"),
        (
            "message=01a20363-b9f6-7a17-a4ab-24fab85c96d2 parts=2",
            "message=01a20363-b9f6-7a17-a4ab-24fab85c96d2 parts=2",
        ),
        ("GET /messages/1/kannel/reports/0123456789abcdef", f"GET /messages/1/kannel/reports/{logs.BLOT}"),
        ("job=17 seconds=0.25 status=200", "job=17 seconds=0.25 status=200"),
    ],
)
def test_what_looks_like_a_person_is_blotted_out_and_ids_stay(message, blotted):
    assert logs.blotted(message) == blotted


def test_an_exception_with_a_number_in_it_is_blotted_too(log):
    try:
        raise ValueError("no route to 13800138000")
    except ValueError:
        logging.getLogger("roundbook").exception("failed")

    assert "13800138000" not in json.dumps(log())
    assert "ValueError" in json.dumps(log())


def test_sending_and_receiving_write_neither_numbers_nor_texts_into_the_log(texting, log, caplog):
    from server.services.messaging import replies
    from server.services.messaging.gateways.base import Reply

    texting.use(gateway="console")
    texting.queue("A secret text", "13812345678")
    sending.send_due()
    with writing() as connection:
        replies.take(connection, "console", Reply("13812345678", "Another secret", "1"))

    said = json.dumps(log(), ensure_ascii=False)
    assert "not sent: no gateway" in said
    assert not any(word in said for word in ("13812345678", "secret"))
