"""Record messages of the sync protocol from fixed keys and a fixed clock: `python tools/record_vectors.py`.

A real server answers a client that shares nothing with it but this page's seeds; what both said is written, byte for byte,
into `tests/wire/vectors/`. Recording again gives the same files: a test compares them, and docs/protocol.md quotes them.
"""

from __future__ import annotations

import base64
import gzip
import json
import pathlib
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask import Flask

from server.app import create_app
from server.config import Config
from server.services import books, clock, enrolment, push, users
from server.services.prepare import prepare
from server.storage.database import reading
from server.storage.tables import log, log_body
from sync_protocol import canonical, chain, changes, identity, signing
from sync_protocol import clock as hybrid

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "wire" / "vectors"
URL = "https://crm.example.com"
SEEDS = {name: byte * 32 for name, byte in [("sign", "11"), ("seal", "22"), ("cursor", "33")]}
DEVICE_SEEDS = {"sign": "44" * 32, "seal": "55" * 32}
DEVICE = "018f0000-0000-7000-8000-0000000000d1"
STRANGER = "018f0000-0000-7000-8000-0000000000d2"
START_MS = 1_795_000_000_000
PHOTO = bytes.fromhex("ffd8ffe0") + b"not a real picture, but bytes" + bytes.fromhex("ffd9")
KEPT_HEADERS = (
    "Content-Type", "Location", "Retry-After", "Roundbook-Sent", "Roundbook-Signature", "Tus-Resumable",
    "Upload-Length", "Upload-Offset",
)  # fmt: skip
Json = Any


class FixedClock:
    """Stands in for the server's clock and chance: each step has its own instant, ids are counted within it."""

    def __init__(self) -> None:
        self.at, self.ids = START_MS, 0

    def step(self) -> int:
        """One second on."""
        self.at, self.ids = self.at + 1000, 0
        return self.at

    def now_ms(self) -> int:
        """The instant of this step."""
        return self.at

    def new_id(self) -> str:
        """The next id of this step."""
        self.ids += 1
        return identity.new_id(self.at, self.ids.to_bytes(identity.RANDOM_BYTES, "big"))


@contextmanager
def fixed() -> Iterator[FixedClock]:
    """The server's clock and chance replaced until the block ends."""
    found, code = FixedClock(), iter("ABCDEFGHJKLMNPQR")
    with (
        mock.patch.object(clock, "now_ms", found.now_ms),
        mock.patch.object(clock, "new_id", found.new_id),
        mock.patch.object(secrets, "choice", lambda alphabet: next(code)),
    ):
        yield found


class Recorder:
    """A device of the user Li, and what it and the server said."""

    def __init__(self, app: Flask, time: FixedClock) -> None:
        self.app, self.time, self.http = app, time, app.test_client()
        self.key = signing.new_private_key(bytes.fromhex(DEVICE_SEEDS["sign"]))
        self.files: dict[str, Json] = {}

    def exchange(
        self, name: str, what: str, method: str, path: str, body: bytes, more: Json, *, device: str = DEVICE
    ) -> Json:
        """One signed request and its answer, kept under `name`. Returns: the answer's body, read as JSON."""
        sent = self.time.step()
        text = signing.request_text(method, path, device, sent, body)
        headers = {
            "Roundbook-Device": device,
            "Roundbook-Sent": str(sent),
            "Roundbook-Signature": signing.sign(self.key, text),
            **more,
        }
        response = self.http.open(path, method=method, data=body, headers=headers)
        answer = response.get_data()
        signed = signing.answer_text(method, path, device, int(response.headers["Roundbook-Sent"]), answer, body)
        self.files[name] = {
            "what": what,
            "request": {"method": method, "path": path, "headers": headers, **_body(body), "signed": text.decode()},
            "answer": {
                "status": response.status_code,
                "headers": {header: response.headers[header] for header in KEPT_HEADERS if header in response.headers},
                **_body(answer),
                "signed": signed.decode(),
            },
        }
        return json.loads(answer) if answer else None

    def post(self, name: str, what: str, path: str, value: Json, device: str = DEVICE) -> Json:
        """The same with a JSON body."""
        return self.exchange(
            name, what, "POST", path, _json(value), {"Content-Type": "application/json"}, device=device
        )


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _body(raw: bytes) -> dict[str, str]:
    try:
        return {"body": raw.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(raw).decode()}


def record() -> dict[str, Json]:
    """All files: name -> content."""
    with tempfile.TemporaryDirectory() as home, fixed() as time:
        keys = pathlib.Path(home) / "keys"
        keys.mkdir(mode=0o700)
        for name, seed in SEEDS.items():
            (keys / f"{name}.key").write_text(seed + "\n")
        environment = {"ROUNDBOOK_HOME": home, "ROUNDBOOK_URL": URL, "ROUNDBOOK_COMPANY": "Northern Wholesale"}
        app = create_app(Config.from_environment(environment))
        with app.app_context():
            prepare()
            place = _company(time)
        found = _day(Recorder(app, time), place)
        with app.app_context():
            found["hashes.json"] = _hashes(place["book"], found)
    return {**found, "keys.json": _keys(), "canonical.json": _canonical(), "numbers.json": _numbers()}


def _company(time: FixedClock) -> dict[str, str]:
    """Head office: Li, who maintains the round of the north, one customer and one product."""
    time.step()
    place = {"li": users.create_user("li", "Li Wei 李伟", ("account_manager",), None)}
    time.step()
    place["chen"] = users.create_user("chen", "Chen Jing", ("supervisor",), None)
    time.step()
    place["book"] = books.create_book("North 北区")
    for seat, login in (("maintainer", "li"), ("supervisor", "chen")):
        time.step()
        books.assign_seat(place["book"], seat, place[login], users.SYSTEM)
    customer = {"store_name": "Corner Shop 街角店", "contact_phone": "515 555 0100", "bank_account": "6222000011112222"}
    product = {"product_code": "A1", "product_name": "Black Velvet", "unit_price_minor": 1299}
    for name, book, values in (("customer", place["book"], customer), ("product", books.reference_book(), product)):
        time.step()
        place[name] = clock.new_id()
        own = place[name] if name == "customer" else None
        change = {"op": "create", "type": name, "record": place[name], "customer": own, "seat": "maintainer", "term": 0}
        verdict = push.office_push(users.SYSTEM, book, "import", [{**change, "set": values}], system=True)
        assert verdict["state"] == "applied", verdict
    time.step()
    place["invitation"] = enrolment.invite(place["li"], users.SYSTEM).text
    return place


def _day(device: Recorder, place: dict[str, str]) -> dict[str, Json]:
    """Enrolment, first load, work, a repetition, a problem and a photo."""
    server_sign = signing.new_private_key(bytes.fromhex(SEEDS["sign"]))
    device.files["invitation.json"] = {
        "text": place["invitation"],
        "u": URL,
        "c": "ABCD-EFGH-JKLM-NPQR",
        "f": signing.fingerprint(signing.public_text(server_sign)),
    }
    keys = _keys()["device"]
    enrolling = {"v": 1, "code": "ABCD-EFGH-JKLM-NPQR", "device": DEVICE, "sign_key": keys["sign_key"]}
    enrolling |= {"seal_key": keys["seal_key"], "app": "example 1.0", "schema": 1, "name": "Li's phone"}
    device.post("enrol.json", "A new device.", "/enrol/1", {**enrolling, "platform": "android"})
    request: Json = {"v": 1, "app": "example 1.0", "schema": 1, "device": DEVICE, "user": place["li"], "epoch": None}
    request |= {"sent": 0, "last_seq": 0, "cursors": {}, "pending": [], "sets": [], "scope_tag": None}

    def sync(name: str, what: str, **members: Json) -> Json:
        request.update(members, sent=device.time.at + 1000)
        answer = device.post(name, what, "/sync/1", request)
        cursors = {**request["cursors"], **answer.get("cursors", {})}
        request.update(epoch=answer["epoch"], cursors=cursors, scope_tag=answer.get("scope_tag", request["scope_tag"]))
        return answer

    first = sync("sync-first.json", "The first load of a device that holds nothing.")
    customer = next(found for found in first["records"] if found["type"] == "customer")
    sets = [{"seq": seq, "set": wire} for seq, wire in enumerate(_sets(place, customer["ver"]), 1)]
    holds = {"sets": 3, "photos": 1, "since": START_MS}
    sync("sync-sets.json", "Three sets: applied, proposed, refused.", sets=sets, last_seq=3, holds=holds)
    sync("sync-repeated.json", "The first of them once more.", sets=sets[:1], holds={"sets": 0, "photos": 1})
    sync("sync-nothing.json", "Nothing to say on either side.", sets=[], holds={})
    unknown = {**request, "device": STRANGER}
    device.post("problem.json", "A device that this server does not know.", "/sync/1", unknown, device=STRANGER)
    names = {
        "book": place["book"],
        "set": sets[0]["set"]["id"],
        "sha256": signing.body_hash(PHOTO),
        "type": "image/jpeg",
    }
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
    tus = {"Tus-Resumable": "1.0.0"}
    create = {**tus, "Upload-Length": str(len(PHOTO)), "Upload-Metadata": metadata}
    device.exchange("photo-create.json", "The bytes of the photo are announced.", "POST", "/photos/1/", b"", create)
    where = device.files["photo-create.json"]["answer"]["headers"]["Location"]
    piece = {**tus, "Content-Type": "application/offset+octet-stream"}
    device.exchange(
        "photo-piece-1.json", "The first piece.", "PATCH", where, PHOTO[:20], {**piece, "Upload-Offset": "0"}
    )
    device.exchange("photo-offset.json", "How far it has come.", "HEAD", where, b"", tus)
    device.exchange(
        "photo-piece-2.json", "The last piece.", "PATCH", where, PHOTO[20:], {**piece, "Upload-Offset": "20"}
    )
    plain = device.files["sync-nothing.json"]["request"]["body"].encode()
    packed = gzip.compress(plain, 6, mtime=0)
    device.files["gzip.json"] = {"body": plain.decode(), "gzip_base64": base64.b64encode(packed).decode()}
    return device.files


def _sets(place: dict[str, str], customer_ver: str) -> list[Json]:
    """A visit with a photo; an edit of a dynamic and a static field; a set that cannot be right."""
    at = START_MS + 10_000
    ids = [identity.new_id(at + n, n.to_bytes(identity.RANDOM_BYTES, "big")) for n in range(6)]
    common = {"customer": place["customer"], "seat": "maintainer", "term": 1}
    visit = {"state": "open", "purpose": "planned", "checked_in_at": at, "person": "Mrs. O’Neill"}
    photo = {"visit": ids[1], "step": "display", "sha256": signing.body_hash(PHOTO), "size_bytes": len(PHOTO)}
    photo |= {"media_type": "image/jpeg", "taken_at": at}
    edit = {"base": customer_ver, "set": {"contact_phone": "515 555 0199", "store_name": "Corner Shop"}}
    edit["was"] = {"contact_phone": "515 555 0100", "store_name": "Corner Shop 街角店"}
    work: list[tuple[str, str, list[Json]]] = [
        ("check_in", ids[0], [
            {"op": "create", "type": "visit", "record": ids[1], **common, "set": visit},
            {"op": "create", "type": "photo", "record": ids[2], **common, "set": photo},
        ]),
        ("edit_customer", ids[3], [
            {"op": "edit", "type": "customer", "record": place["customer"], **common, **edit},
        ]),
        ("check_in", ids[4], [
            {"op": "create", "type": "visit", "record": ids[5], **common, "set": {"state": "open", "colour": "red"}},
        ]),
    ]  # fmt: skip
    shared = {"author": place["li"], "book": place["book"]}
    return [
        changes.new_set(id=set_id, action=action, made=f"{at}-{n}", changes=made, **shared)
        for n, (action, set_id, made) in enumerate(work)
    ]


def _hashes(book: str, found: dict[str, Json]) -> Json:
    """What is hashed and how it comes out: set, receipt, versions, log and check sum of the round's book."""
    answer = json.loads(found["sync-sets.json"]["answer"]["body"])
    sent = json.loads(found["sync-sets.json"]["request"]["body"])["sets"][0]["set"]
    verdict, digest = answer["verdicts"][0], changes.digest(sent)
    receipt = [answer["epoch"], sent["id"], digest, verdict["state"], verdict["at"]]
    with reading() as connection:
        rows = connection.execute(log.select().where(log.c.book_id == book).order_by(log.c.pos)).mappings().all()
        bodies = {
            row["pos"]: row["body"]
            for row in connection.execute(log_body.select().where(log_body.c.book_id == book)).mappings()
        }
    first = json.loads(found["sync-first.json"]["answer"]["body"])["records"]
    versions = {record["id"]: record["ver"] for record in [*first, *answer["records"]] if record["book"] == book}
    return {
        "set": {"set": sent, "digest": digest},
        "receipt": {"signed": canonical.canonical(receipt).decode(), "receipt": verdict["receipt"]},
        "log": [{"pos": r["pos"], "entry": bodies[r["pos"]], "digest": r["digest"], "hash": r["hash"]} for r in rows],
        "check": {
            "items": [
                {"record": record, "ver": ver, "item": f"{chain.check_item(record, ver):024x}"}
                for record, ver in sorted(versions.items())
            ],
            "check": answer["check"][book],
        },
    }


def _keys() -> Json:
    found: dict[str, Json] = {}
    for owner, seeds in (("server", SEEDS), ("device", DEVICE_SEEDS)):
        public = signing.public_text(signing.new_private_key(bytes.fromhex(seeds["sign"])))
        found[owner] = {"sign_seed_hex": seeds["sign"], "sign_key": public, "fingerprint": signing.fingerprint(public)}
        sealing = X25519PrivateKey.from_private_bytes(bytes.fromhex(seeds["seal"])).public_key().public_bytes_raw()
        found[owner] |= {"seal_seed_hex": seeds["seal"], "seal_key": signing.to_text(sealing)}
    return found


CANONICAL = (
    '{}', '[]', '""', 'null', '[true,false]', '[0,-1,9007199254740991,-9007199254740991]', '[-0]',
    '{"b":1,"a":[ 2 , 3 ]}', '{"a":1,"B":2,"_":3,"10":4,"9":5,"aa":6,"":7}',
    r'"\u0000\u0001\b\t\n\u000b\f\r\u001f\u007f"', r'"\" \\ \/ < > & \u0027"', r'"caf\u00e9"', r'"cafe\u0301"',
    r'"\u8857\u89d2\u5e97"', r'"\ud83d\ude00"', r'"\u2028 \u2029 \ufeff \u00a0"',
)  # fmt: skip
NOT_CANONICAL = {
    "1.5": "float", "1.0": "float", "1e3": "float", "9007199254740992": "integer.range", '{"\u00e9":1}': "name.not-ascii",
    r'"\ud800"': "text.surrogate", r'["\udc00"]': "text.surrogate", "[" * 34 + "]" * 34: "too-deep",
}  # fmt: skip
NOT_JSON = ('{"a":1,"a":2}', "NaN", "[Infinity]", "{'a':1}", "[1,]", "")


def _canonical() -> Json:
    taken = [(text, canonical.canonical(json.loads(text))) for text in CANONICAL]
    return {
        "canonical": [
            {"json": text, "canonical": form.decode(), "sha256": signing.body_hash(form)} for text, form in taken
        ],
        "refused": [{"json": text, "code": code} for text, code in NOT_CANONICAL.items()],
        "not_json": list(NOT_JSON),
    }


def _numbers() -> Json:
    """Ids, the hybrid clock, and the chains on plain values."""
    ticks: list[Json] = []
    last: str | None = None
    for now in (START_MS, START_MS, START_MS - 5000, START_MS + 1):
        after = hybrid.tick(last, now)
        ticks.append({"last": last, "now_ms": now, "made": after})
        last = after
    book, record, vers = "018f0000-0000-7000-8000-0000000000b0", "018f0000-0000-7000-8000-0000000000a0", [chain.NO_VER]
    steps: list[Json] = []
    effects: list[tuple[bool, Json]] = [(False, {"a": "1", "b": 2}), (False, {"b": None}), (True, {})]
    for rev, (removed, values) in enumerate(effects, 1):
        vers.append(chain.next_ver(vers[-1], rev, book, removed, values))
        steps.append({"previous": vers[-2], "rev": rev, "book": book, "removed": removed, "values": values})
        steps[-1]["ver"] = vers[-1]
    first = chain.next_hash(chain.FIRST_HASH, 1, "aa" * 32)
    hashes = [{"previous": chain.FIRST_HASH, "pos": 1, "digest": "aa" * 32, "hash": first}]
    hashes.append({"previous": first, "pos": 2, "digest": "bb" * 32, "hash": chain.next_hash(first, 2, "bb" * 32)})
    items = [chain.check_item(record, ver) for ver in vers[1:]]
    return {
        "uuid7": [{"now_ms": START_MS, "random_hex": "ff" * 10, "id": identity.new_id(START_MS, b"\xff" * 10)}],
        "derived": [{"parts": ["a", "b"], "id": identity.derived_id("a", "b")}],
        "made": ticks,
        "ver": steps,
        "hash": hashes,
        "check": {"record": record, "vers": vers[1:], "items": [f"{item:024x}" for item in items],
                  "sum": chain.check_text(sum(items))},
    }  # fmt: skip


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, content in record().items():
        (FOLDER / file_name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.exit(0)
