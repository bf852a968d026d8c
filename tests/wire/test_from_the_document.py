"""docs/protocol.md says what the code does: its examples, member tables and limits are compared with it."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable

import pytest

from server.api import photos, signed
from server.services import books, devices_sync, enrolment, pull, push, quotas, round_trip, snapshots, uploads, waiting
from sync_protocol import canonical, changes, fields, messages, rights
from sync_protocol.records import Nature, record_types
from sync_protocol.rights import Mode, Treatment
from tests.wire.document import ANSWERS, BLOCKS, FOLDER, GLOSSARY, PAGE, ROOT, names, rows, source
from tests.wire.stranger import Stranger

# Examples


def test_every_json_example_says_what_it_is_an_example_of():
    assert len(BLOCKS) > 10
    assert [text[:60] for kind, _, text in BLOCKS if kind not in ("vector", "example")] == []


def test_quoted_messages_are_the_recorded_ones():
    where = ROOT / "tools" / "quote_vectors.py"
    spec = importlib.util.spec_from_file_location("quote_vectors", where)
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    assert tool.quoted(PAGE, tool.read_vector) == PAGE, "run python tools/quote_vectors.py"


@pytest.mark.parametrize(("where", "text"), [block[1:] for block in BLOCKS if block[0] == "vector"])
def test_a_quoted_body_reads_as_the_recorded_one(where: str, text: str):
    name, _, path = where.partition(" ")
    recorded = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    for member in path.split(".") if path else ():
        recorded = json.loads(recorded[member]["body"]) if path in ("request", "answer") else recorded[member]

    assert json.loads(text) == recorded


@pytest.mark.parametrize("text", [text for kind, what, text in BLOCKS if (kind, what) == ("example", "set")])
def test_an_example_of_a_set_is_one_that_the_server_would_judge(text: str):
    wire = canonical.parse(text.encode())

    assert changes.check_set(wire) == []
    assert [changes.check_change(change, n) for n, change in enumerate(wire["changes"], 1)] == [[]] * len(
        wire["changes"]
    )


# Members


def test_the_members_of_requests_are_those_of_the_schemas():
    assert names("member of the request") == list(messages.SyncRequest._declared_fields)
    assert sorted(names("member of the enrolment")) == sorted(messages.EnrolRequest._declared_fields)
    assert sorted(names("member of the renewal")) == sorted(messages.RenewRequest._declared_fields)
    holds = next(cells for cells in rows("member of the request") if cells[0] == "`holds`")
    assert re.findall(r"`(\w+)`", holds[1]) == list(messages.Holds._declared_fields)


def test_members_that_must_be_there_are_those_that_the_schema_requires():
    needed = {name for name, field in messages.SyncRequest._declared_fields.items() if field.required}

    said = {cells[0].strip("`") for cells in rows("member of the request") if cells[2].startswith("must be there")}

    assert said | {"epoch"} == needed, "epoch must be there, but may be null"


def test_the_members_of_sets_and_changes_are_those_that_are_not_refused():
    assert set(names("member of a set")) == changes._SET_MEMBERS
    assert set(names("member of a change")) == changes._CHANGE_MEMBERS
    assert tuple(names("op")) == changes.OPS


def test_the_members_of_answers_are_those_that_the_server_writes():
    told, code = set(names("member of the answer")), source("server/services/round_trip.py")

    assert set().union(*ANSWERS) <= told
    assert {name for name in told if not re.search(rf'"{name}"|\b{name}=', code)} == set()


def test_the_five_members_that_are_always_there_are_said_to_be():
    always = {cells[0].strip("`") for cells in rows("member of the answer") if cells[2] == "always there"}

    assert always == set.intersection(*(set(answer) for answer in ANSWERS))


def test_the_members_of_records_verdicts_and_scope_are_those_recorded():
    records = [record for answer in ANSWERS for record in answer.get("records", ())]
    verdicts = [verdict for answer in ANSWERS for verdict in answer.get("verdicts", ())]
    entries = [entry for answer in ANSWERS for entry in answer.get("scope", {}).values()]
    judging = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "server" / "services").glob("*.py"))

    assert {tuple(record) for record in records} == {tuple(names("member of a record"))}
    assert set().union(*verdicts) <= set(names("member of a verdict"))
    assert [name for name in names("member of a verdict") if f'"{name}"' not in judging] == []
    assert {tuple(sorted(entry)) for entry in entries} == {tuple(sorted(names("member of a scope entry")))}


def test_the_members_of_log_entries_are_those_recorded():
    entries = [
        json.loads(row["entry"]) for row in json.loads((FOLDER / "hashes.json").read_text(encoding="utf-8"))["log"]
    ]
    told = re.search(r"^`\{(book, pos, .*)\}`$", PAGE, re.MULTILINE)

    assert told is not None
    for entry in entries:
        assert set(entry) == set(told[1].split(", ")), entry["kind"]


def test_the_enrolments_answer_has_the_members_of_the_recorded_one():
    recorded = json.loads(json.loads((FOLDER / "enrol.json").read_text(encoding="utf-8"))["answer"]["body"])

    assert names("member of the enrolment's answer") == list(recorded)
    for cells in rows("member of the enrolment's answer"):
        inner = recorded[cells[0].strip("`")]
        if isinstance(inner, dict):
            assert re.findall(r"`(\w+)`", cells[1]) == list(inner)


# Decisions, types, limits

TREATMENTS = {
    "apply": Treatment.APPLY,
    "apply late": Treatment.APPLY_LATE,
    "merge": Treatment.MERGE,
    "merge asking": Treatment.MERGE_ASKING,
    "propose": Treatment.PROPOSE,
    "refuse": Treatment.REFUSE,
}


def test_modes_and_natures_come_to_what_the_table_says():
    said = {}
    for cells in rows("change"):
        subject, _, ops = cells[0].partition(": ")
        for op in ops.split(", "):
            for mode, treatment in zip(Mode, cells[1:], strict=True):
                made = (
                    [True]
                    if "author made" in subject
                    else [False]
                    if subject == "fact" and op != "create"
                    else [False, True]
                )
                said.update({(subject.split()[0], op, mode, made_it): TREATMENTS[treatment] for made_it in made})

    found = {
        (nature, op, mode, made_it): rights.treatment(Nature(nature), op, mode, made_it=made_it)
        for nature, op, mode, made_it in said
    }

    assert said == found
    assert len(said) == 4 * 4 * 4 * 2


def test_the_record_types_are_those_declared():
    assert {cells[0].strip("`"): cells[1] for cells in rows("type")} == {
        name: declared.nature.value for name, declared in record_types().items()
    }


def number(text: str) -> int:
    """The first number of a cell, in bytes, milliseconds or pieces."""
    units = {"MiB": 2**20, "KiB": 2**10, "min": 60_000, "h": 3_600_000, "days": 86_400_000}
    found = re.search(r"(\d+(?: \d{3})*)(?: (MiB|KiB|min|h|days)\b)?", text)
    assert found is not None
    return int(found[1].replace(" ", "")) * units.get(found[2] or "", 1)


def test_the_limits_are_those_of_the_code():
    limits = {
        "request, inflated": messages.REQUEST_BYTES_LIMIT,
        "inflating": messages.INFLATE_RATIO_LIMIT,
        "sets in a request": messages.SETS_LIMIT,
        "ids in `pending`": messages.PENDING_LIMIT,
        "books in `cursors`": 2 * messages.BOOKS_LIMIT,
        "changes in a set": changes.CHANGES_LIMIT,
        "set, canonical": changes.SET_BYTES_LIMIT,
        "nesting": 32,
        "text field": fields.TEXT_LIMIT,
        "elements in a list": 200,
        "records and departures in an answer": pull.PAGE_ITEMS,
        "photos in `want`": pull.PAGE_ITEMS,
        "time for judging in a request": int(round_trip.PUSH_SECONDS),
        "waiting sets tried again in a request": waiting.RETRIES_LIMIT,
        "time for trying waiting sets again in a request": int(waiting.RETRIES_SECONDS),
        "failures of a set before it is put aside": push.FAULTS_LIMIT,
        "photo": uploads.PHOTO_BYTES_LIMIT,
        "piece of a photo": photos.PIECE_BYTES_LIMIT,
        "unfinished uploads of a device": uploads.PARTIAL_BYTES_LIMIT,
        "proposals of a device within a day": quotas.PROPOSALS_A_DAY,
        "sets put aside for a device": quotas.QUARANTINE_BYTES,
        "clock of a photo request": devices_sync.CLOCK_TOLERANCE_MS,
        "invitation": enrolment.VALID_MS,
        "lease": books.LEASE_MS,
        "book that comes as a file, if it has more": snapshots.RECORDS_FROM,
        "entries behind a snapshot": snapshots.TAIL_LIMIT,
        "gzip of an answer": signed.GZIP_FROM_BYTES,
    }

    assert {what: number(limit) for what, limit in rows("what")} == limits
    assert pull.PAGE_BYTES == 2 * 2**20


def test_what_is_said_not_to_be_offered_is_not():
    absent = [cells[1] for cells in rows("not offered by this release")]
    members = {name for text in absent for name in re.findall(r"(?i)the answer has no `(\w+)`", text)}

    assert members == {"wait"}
    assert not members & set(re.findall(r'"(\w+)"', source("server/services/round_trip.py")))
    assert sum("`not-built`" in text for text in absent) == (
        source("server/api/enrol.py").count('"not-built"') + source("server/api/reference.py").count('"not-built"')
    )


# Signatures of what was refused

TUS = {"Tus_Resumable": "1.0.0"}
PIECE = {"Content_Type": "application/offset+octet-stream"}
REFUSED = [
    ("POST", "/renew/1", b"{}", {}, "not-the-schema"),
    ("POST", "/sync/2", b"{}", {}, "not-found"),
    ("PUT", "/sync/1", b"{}", {}, "method-not-allowed"),
    ("PATCH", "/photos/1/x", b"abc", PIECE, "tus-version"),
    ("PATCH", "/photos/1/x", b"abc", TUS, "not-the-schema"),
]
UNREADABLE = [
    ("POST", "/sync/1", b"not gzip", {"Content_Encoding": "gzip"}, "not-json"),
    ("POST", "/sync/1", b"1" * (messages.REQUEST_BYTES_LIMIT + 1), {}, "too-large"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "problem"), REFUSED, ids=[f"{case[1]} {case[-1]}" for case in REFUSED]
)
def test_a_refusal_is_signed_over_the_body_that_it_answers(
    enrolled: Callable[[str], Stranger], method: str, path: str, body: bytes, headers: dict[str, str], problem: str
):
    answer = enrolled("li").call(method, path, body, zipped=False, **headers)

    assert answer.problem == problem
    assert answer.signed


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "problem"), UNREADABLE, ids=[case[-1] for case in UNREADABLE]
)
def test_a_refusal_of_what_cannot_be_read_is_signed_over_an_empty_request(
    enrolled: Callable[[str], Stranger], method: str, path: str, body: bytes, headers: dict[str, str], problem: str
):
    device = enrolled("li")

    answer = device.call(method, path, body, zipped=False, **headers)

    assert answer.problem == problem
    assert device._signed(method, path, answer.headers, answer.body, b""), "section 5 says so"
    assert not answer.signed


def test_a_problem_in_answer_to_head_is_signed_over_nothing_on_both_sides(enrolled: Callable[[str], Stranger]):
    answer = enrolled("li").call("HEAD", "/photos/1/01a202aa-5f56-7ac9-8d0e-3d8bc5d20112", **TUS)

    assert answer.status == 404
    assert answer.signed


# Links


@pytest.mark.parametrize("page", [PAGE, GLOSSARY], ids=["protocol", "glossary"])
def test_links_lead_somewhere(page: str):
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    for target in re.findall(r"\]\(([^)]+)\)", page):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (ROOT / "docs" / target).is_file(), target


def test_no_word_stands_in_the_glossary_twice():
    words = re.findall(r"^\| ([^|]+?) \|", GLOSSARY, re.MULTILINE)
    words = [word for word in words if word not in ("word", "---")]

    assert len(words) == len(set(words))
