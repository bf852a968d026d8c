"""The record types of Roundbook. Importing this package declares them all."""

from __future__ import annotations

from sync_protocol.records import customer as _customer  # isort: skip
from sync_protocol.records import visit as _visit  # isort: skip
from sync_protocol.records import contact_record as _contact_record  # isort: skip
from sync_protocol.records import order as _order  # isort: skip
from sync_protocol.records import stock_count as _stock_count  # isort: skip
from sync_protocol.records import photo as _photo  # isort: skip
from sync_protocol.records import complaint as _complaint  # isort: skip
from sync_protocol.records import product as _product  # isort: skip
from sync_protocol.records import knowledge as _knowledge  # isort: skip
from sync_protocol.records import message as _message  # isort: skip
from sync_protocol.records import weekly_report as _weekly_report  # isort: skip
from sync_protocol.records import material as _material  # isort: skip
from sync_protocol.records import reminder_rule as _reminder_rule  # isort: skip
from sync_protocol.records import code_list as _code_list  # isort: skip
from sync_protocol.records import review as _review  # isort: skip
from sync_protocol.records import protocol_records as _protocol_records  # isort: skip
from sync_protocol.records import reading as _reading  # isort: skip
from sync_protocol.records.base import (
    Nature,
    RecordSchema,
    check_values,
    class_of,
    knows,
    line_type,
    record_type,
    record_types,
    rule_of,
    seat_of,
)

__all__ = [
    "Nature",
    "RecordSchema",
    "check_values",
    "class_of",
    "knows",
    "line_type",
    "record_type",
    "record_types",
    "rule_of",
    "seat_of",
]
_DECLARED_IN = (  # the order in which people see the types
    _customer,
    _visit,
    _contact_record,
    _order,
    _stock_count,
    _photo,
    _complaint,
    _product,
    _knowledge,
    _message,
    _weekly_report,
    _material,
    _reminder_rule,
    _code_list,
    _review,
    _protocol_records,
    _reading,
)
