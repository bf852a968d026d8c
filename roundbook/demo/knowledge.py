"""What the company of the demonstration knows: standard answers and code lists that every phone has with it, and what a round adds
to them."""

from __future__ import annotations

import math
from typing import Any

from field_app.device import Device
from field_app.services import code_lists, knowledge
from field_app.services.signatures import Signature
from server.services import books, clock, push, users
from sync_protocol.records import record_type

ENTRIES: tuple[dict[str, Any], ...] = (
    {
        "question": "How does one tell a genuine bottle from a copy?",
        "answer": "1. The seal breaks at the first turn and does not close again.\n"
        "2. The lot number on the glass is the one on the case.\n"
        "3. Keep the bottle aside, take a photo of seal and lot number, and tell the complaint desk.",
        "topic": "quality",
        "kind": "answer",
        "keywords": "counterfeit seal lot 真伪",
    },
    {
        "question": "Why is an order cut to the monthly limit?",
        "answer": "Supply is shared by grade. What is left of the month stands on the order page; the grade is computed anew each month.",
        "topic": "supply",
        "kind": "answer",
        "keywords": "limit grade 限量",
    },
    {
        "question": "When does an order arrive?",
        "answer": "What is confirmed before 15:00 leaves the warehouse on the next working day.",
        "topic": "delivery",
        "kind": "answer",
        "keywords": "delivery lorry 配送",
    },
    {
        "question": "货源不足时怎样向零售户解释？",
        "answer": "先说明本月货源总量和该户档位的限量，再说明下次到货日期；登记未满足的数量，次日回访。",
        "topic": "supply",
        "kind": "answer",
        "keywords": "断货 限量",
    },
    {
        "question": "A shop that doubled its sales of chilled drinks",
        "answer": "It asked for a cooler. A display agreement over six months was signed; the cooler stands beside the till.",
        "topic": "marketing",
        "kind": "case",
        "keywords": "cooler display 冰柜",
    },
)

CHOICES: tuple[dict[str, Any], ...] = (
    {
        "code_list": "skip_reasons",
        "code": "county_fair",
        "words": "County fair",
        "words_zh_hans": "县集市",
        "words_zh_hant": "縣市集",
        "place": 1,
    },
    {"code_list": "skip_reasons", "code": "no_time", "words": "No time left", "withdrawn": True},
    {
        "code_list": "business_types",
        "code": "fuel_station",
        "words": "Fuel station shop",
        "words_zh_hans": "加油站商店",
        "words_zh_hant": "加油站商店",
    },
)


def write() -> int:
    """Put the entries into the reference book, which every phone reads. Returns how many. Needs an app context."""
    given = [("knowledge", entry) for entry in ENTRIES] + [("code_entry", entry) for entry in CHOICES]
    changes = [
        {
            "op": "create",
            "type": kind,
            "record": clock.new_id(),
            "customer": None,
            "seat": "maintainer",
            "term": 0,
            "set": entry,
        }
        for kind, entry in given
    ]
    push.office_push(users.SYSTEM, books.reference_book(), "write_knowledge", changes, system=True)
    return len(changes)


def problems(device: Device) -> list[str]:
    """What of it the phone does not offer, in words; none if all is there."""
    spec = record_type("visit").specs()["skip_kind"]
    offered = [code for code, _ in code_lists.current(device).offered(spec)]
    right = offered[:1] == ["county_fair"] and "no_time" not in offered
    return [] if right else ["the phone does not offer the company's reasons to skip a visit"]


def propose(device: Device, customer: str, complaint: str, visit: str) -> str:
    """What was done about broken bottles is worth knowing for all: the account manager proposes it. Returns its id."""
    values = {
        "question": "Bottles of a delivery are broken: what does one do at the shop?",
        "answer": "Photo of case and bottles, count them with the shopkeeper, write the complaint there and then, "
        "leave the broken ones in the case for the driver.",
        "topic": "delivery",
        "complaint": complaint,
        "visit": visit,
    }
    return knowledge.propose_case(device, customer, values)


def signature(person: str) -> Signature:
    """How somebody signs on the glass."""
    stroke = [(0.08 + n / 140, 0.5 + 0.22 * math.sin(n / 3.1) * math.cos(n / 23)) for n in range(115)]
    return Signature([stroke, [(0.1, 0.8), (0.5, 0.76), (0.9, 0.8)]], 0.5, person)
