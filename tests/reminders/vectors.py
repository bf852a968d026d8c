"""The common test vectors of the reminder rules: device, worker and the pure package read the same file."""

from __future__ import annotations

import json
import pathlib
from typing import Any
from zoneinfo import ZoneInfo

FILE = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "reminders.json"
_READ = json.loads(FILE.read_text(encoding="utf-8"))
ZONE = ZoneInfo(_READ["time_zone"])
CUSTOMERS: list[dict[str, Any]] = _READ["customers"]
HOLIDAYS: list[dict[str, Any]] = _READ["holidays"]
