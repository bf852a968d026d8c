"""Something promised to a customer: samples, papers, a contract copy; with its day, and whether it was given (catalogue row 37)."""

from __future__ import annotations

from sync_protocol.fields import Labels, day, note, text
from sync_protocol.records.base import Nature, RecordSchema, register


@register
class Material(RecordSchema):
    """One thing to provide. While `given_on` is open, it is asked for from its day on."""

    name = "material"
    labels = Labels("Material", "资料", "資料")
    plural = Labels("Materials", "资料", "資料")
    nature = Nature.FACT
    title = "item"

    item = text(("What to provide", "需提供内容", "需提供內容"), row=37, required=True, search=True, listed=True)
    due_on = day(("Provide by", "提供日期", "提供日期"), row=37, required=True, listed=True)
    given_on = day(("Given on", "已提供日期", "已提供日期"), row=37, listed=True)
    note = note(("Note", "备注", "備註"), row=37)
