"""The recorded messages: the code reproduces each byte, and recording again gives the same files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import json
import pathlib
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol import canonical, chain, changes, clock, identity, messages, signing
from sync_protocol.problems import BASE, PROBLEMS

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}
EXCHANGES = sorted(name for name, content in VECTORS.items() if "request" in content)

KEYS, NUMBERS, HASHES = VECTORS["keys.json"], VECTORS["numbers.json"], VECTORS["hashes.json"]
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)))
NAMES = st.text(st.characters(max_codepoint=127))
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
)


def body_of(message: dict[str, Any]) -> bytes:
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"])
    return str(message["body"]).encode()


def private_key(owner: str) -> Any:
    return signing.new_private_key(bytes.fromhex(KEYS[owner]["sign_seed_hex"]))


def read(name: str, side: str) -> Any:
    return json.loads(body_of(VECTORS[name][side]))


# Messages


def test_recording_again_gives_the_same_bytes():
    where = ROOT / "tools" / "record_vectors.py"
    spec = importlib.util.spec_from_file_location("record_vectors", where)
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    found = tool.record()

    assert set(found) == set(VECTORS), "run python tools/record_vectors.py"
    for name in sorted(found):
        assert found[name] == VECTORS[name], f"{name}: the wire has changed; raise the version or record it anew"


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_signature_of_a_recorded_request_is_made_over_the_documented_text(name: str):
    request = VECTORS[name]["request"]
    headers, body = request["headers"], body_of(request)

    text = signing.request_text(
        request["method"], request["path"], headers["Roundbook-Device"], int(headers["Roundbook-Sent"]), body
    )

    assert text.decode() == request["signed"]
    assert signing.sign(private_key("device"), text) == headers["Roundbook-Signature"]


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_signature_of_a_recorded_answer_names_the_request_that_it_answers(name: str):
    request, answer = VECTORS[name]["request"], VECTORS[name]["answer"]
    sent, device = int(answer["headers"]["Roundbook-Sent"]), request["headers"]["Roundbook-Device"]

    text = signing.answer_text(
        request["method"], request["path"], device, sent, body_of(answer), body_of(request)
    )  # fmt: skip

    assert text.decode() == answer["signed"]
    assert signing.sign(private_key("server"), text) == answer["headers"]["Roundbook-Signature"]
    assert signing.verify(KEYS["server"]["sign_key"], answer["headers"]["Roundbook-Signature"], text)
    assert not signing.verify(KEYS["device"]["sign_key"], answer["headers"]["Roundbook-Signature"], text)


@pytest.mark.parametrize("name", [name for name in EXCHANGES if name.startswith(("sync-", "problem"))])
def test_recorded_requests_are_of_the_schema(name: str):
    loaded = messages.read(messages.SyncRequest, body_of(VECTORS[name]["request"]))

    assert loaded["device"] == VECTORS[name]["request"]["headers"]["Roundbook-Device"]


@pytest.mark.parametrize("name", [name for name in EXCHANGES if name.startswith("sync-")])
def test_a_recorded_answer_names_the_body_that_it_replies_to(name: str):
    body = body_of(VECTORS[name]["request"])

    assert read(name, "answer")["reply_to"] == hashlib.sha256(body).hexdigest()


def test_a_repeated_set_gets_the_stored_verdict_marked_as_repeated():
    first = read("sync-sets.json", "answer")["verdicts"][0]

    assert read("sync-repeated.json", "answer")["verdicts"] == [{**first, "repeat": True}]


def test_a_problem_carries_its_type_title_and_status():
    problem, status = read("problem.json", "answer"), VECTORS["problem.json"]["answer"]["status"]

    name = problem["type"].removeprefix(BASE)

    assert (problem["status"], problem["title"]) == (PROBLEMS[name][0], PROBLEMS[name][1].en)
    assert status == problem["status"]


def test_a_photo_in_two_pieces_is_the_photo_whose_hash_was_announced():
    pieces = [body_of(VECTORS[f"photo-piece-{n}.json"]["request"]) for n in (1, 2)]
    announced = VECTORS["photo-create.json"]["request"]["headers"]["Upload-Metadata"]

    metadata = {name: base64.b64decode(value).decode() for name, value in (p.split(" ") for p in announced.split(","))}

    assert hashlib.sha256(b"".join(pieces)).hexdigest() == metadata["sha256"]
    assert VECTORS["photo-offset.json"]["answer"]["headers"]["Upload-Offset"] == str(len(pieces[0]))


def test_gzip_changes_nothing_of_what_is_signed():
    packed = base64.b64decode(VECTORS["gzip.json"]["gzip_base64"])

    assert gzip.decompress(packed).decode() == VECTORS["gzip.json"]["body"]
    assert VECTORS["gzip.json"]["body"] == VECTORS["sync-nothing.json"]["request"]["body"]


# Keys, invitation, certificate, receipt


@pytest.mark.parametrize("owner", ["server", "device"])
def test_public_keys_and_fingerprints_follow_from_their_seeds(owner: str):
    public = signing.public_text(private_key(owner))

    assert (public, signing.fingerprint(public)) == (KEYS[owner]["sign_key"], KEYS[owner]["fingerprint"])
    assert len(public) == 43 and "=" not in public


def test_the_invitation_is_percent_encoded_and_carries_the_fingerprint_of_the_server():
    found = VECTORS["invitation.json"]

    assert found["text"] == f"roundbook:1?u={quote(found['u'], safe='')}&c={found['c']}&f={found['f']}"
    assert found["f"] == KEYS["server"]["fingerprint"]
    assert parse_qs(found["text"].partition("?")[2]) == {"u": [found["u"]], "c": [found["c"]], "f": [found["f"]]}


def test_the_certificate_is_signed_in_canonical_form():
    answer = read("enrol.json", "answer")

    text = canonical.canonical(answer["certificate"])

    assert signing.sign(private_key("server"), text) == answer["certificate_signature"]
    assert answer["certificate"]["server_key"] == answer["server"]["sign_key"] == KEYS["server"]["sign_key"]


def test_the_receipt_is_signed_over_epoch_set_digest_state_and_positions():
    answer, sent = read("sync-sets.json", "answer"), HASHES["set"]["set"]
    verdict = answer["verdicts"][0]

    text = canonical.canonical(
        [answer["epoch"], sent["id"], changes.digest(sent), verdict["state"], verdict["at"]]
    )  # fmt: skip

    assert text.decode() == HASHES["receipt"]["signed"]
    assert signing.sign(private_key("server"), text) == verdict["receipt"] == HASHES["receipt"]["receipt"]


# Canonical form and what is hashed over it


@pytest.mark.parametrize("example", VECTORS["canonical.json"]["canonical"], ids=lambda found: found["json"])
def test_the_canonical_form_is_that_of_the_rfc(example: dict[str, str]):
    value = json.loads(example["json"])

    form = canonical.canonical(value)

    assert form.decode() == example["canonical"]
    assert form == rfc8785.dumps(value)
    assert canonical.digest(value) == example["sha256"]


@given(VALUES)
def test_an_independent_implementation_of_the_rfc_agrees_on_any_value(value: Any):
    assert canonical.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("example", VECTORS["canonical.json"]["refused"], ids=lambda found: found["json"][:20])
def test_what_cannot_travel_is_refused_under_its_code(example: dict[str, str]):
    with pytest.raises(canonical.NotCanonical, match=f"^{example['code']}$"):
        canonical.canonical(json.loads(example["json"]))


@pytest.mark.parametrize("text", VECTORS["canonical.json"]["not_json"])
def test_what_is_no_json_of_ours_is_not_read(text: str):
    with pytest.raises(ValueError):
        canonical.parse(text.encode())


def test_the_digest_of_a_set_leaves_out_device_and_number():
    assert changes.digest(HASHES["set"]["set"]) == HASHES["set"]["digest"]
    assert not {"device", "seq"} & set(HASHES["set"]["set"])


@pytest.mark.parametrize("step", NUMBERS["ver"], ids=lambda step: f"rev {step['rev']}")
def test_a_version_follows_from_the_one_before_and_the_effect(step: dict[str, Any]):
    assert chain.next_ver(*(step[name] for name in ("previous", "rev", "book", "removed", "values"))) == step["ver"]


def test_the_version_of_a_created_record_follows_from_what_its_author_set():
    sent = HASHES["set"]["set"]
    record = next(found for found in read("sync-sets.json", "answer")["records"] if found["type"] == "visit")

    assert chain.next_ver("", 1, sent["book"], False, sent["changes"][0]["set"]) == record["ver"]


@pytest.mark.parametrize("step", NUMBERS["hash"], ids=lambda step: f"position {step['pos']}")
def test_the_hash_of_a_position_follows_from_the_one_before(step: dict[str, Any]):
    assert chain.next_hash(step["previous"], step["pos"], step["digest"]) == step["hash"]


def test_the_recorded_log_is_a_chain_whose_head_stands_in_the_cursor():
    head = chain.FIRST_HASH
    for pos, row in enumerate(HASHES["log"], 1):
        assert row["pos"] == pos
        assert canonical.digest(json.loads(row["entry"])) == row["digest"]
        head = chain.next_hash(head, pos, row["digest"])
        assert head == row["hash"]

    cursor = read("sync-sets.json", "answer")["cursors"][HASHES["set"]["set"]["book"]]

    assert cursor.split(".")[:2] == [str(len(HASHES["log"])), head[:16]]


def test_the_check_sum_of_a_book_is_the_sum_over_its_records():
    items = [chain.check_item(item["record"], item["ver"]) for item in HASHES["check"]["items"]]

    assert [f"{item:024x}" for item in items] == [item["item"] for item in HASHES["check"]["items"]]
    assert {"n": len(items), "sum": chain.check_text(sum(items))} == HASHES["check"]["check"]


def test_the_check_sum_wraps_around_at_96_bits():
    found = NUMBERS["check"]
    items = [chain.check_item(found["record"], ver) for ver in found["vers"]]

    assert [f"{item:024x}" for item in items] == found["items"]
    assert chain.check_text(sum(items)) == found["sum"]
    assert chain.check_text(2**96 + 1) == "0" * 23 + "1"


# Ids and clocks


def test_ids_and_ticks_are_made_as_recorded():
    for example in NUMBERS["uuid7"]:
        assert identity.new_id(example["now_ms"], bytes.fromhex(example["random_hex"])) == example["id"]
    for example in NUMBERS["derived"]:
        assert identity.derived_id(*example["parts"]) == example["id"]
    for example in NUMBERS["made"]:
        assert clock.tick(example["last"], example["now_ms"]) == example["made"]
