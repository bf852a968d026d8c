"""The knowledge base on the device: what counts today, found by words, and a case that is proposed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.company_days import day_of
from field_app.services.contacts import record_fact
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

SHOWN = 200


def entries(device: Device, text: str = "", limit: int = SHOWN) -> list[Shown]:
    """Entries in which all words of `text` are found: in the question, the answer or the keywords; also by pinyin.

    What was withdrawn, or is past its last day, is left out.
    """
    today = day_of(device.clock_ms(), device.identity.time_zone).isoformat()
    found = reading.find(device, "knowledge", text, limit)
    return [one for one in found if is_valid(one.fields, today)]


def is_valid(fields: Mapping[str, Any], today: str) -> bool:
    """Whether an entry counts on a day. Args: today: YYYY-MM-DD."""
    return not fields.get("withdrawn") and (fields.get("valid_until_on") or today) >= today


def propose_case(device: Device, customer_id: str, values: Mapping[str, Any]) -> str:
    """Propose a case for the knowledge base: who keeps it decides. Returns its id, when it is on the disk. Raises: Refused."""
    return record_fact(device, customer_id, "knowledge_case", values)


def recent_customers(device: Device, limit: int = 8) -> list[tuple[str, str]]:
    """(id, name) of the customers who were visited last, the newest first."""
    customers = dict.fromkeys(str(visit.customer) for visit in reading.recent(device, "visit", 60))
    found = {one.id: str(one.fields.get("store_name") or "") for one in reading.shown_all(device, customers)}
    return [(customer, found[customer]) for customer in customers if customer in found][:limit]
