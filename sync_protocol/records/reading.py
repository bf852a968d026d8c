"""A view of a granted copy on a device: noted there as it is shown, and in the read log once it has come in (decision 17)."""

from __future__ import annotations

from sync_protocol.fields import Labels, instant, reference
from sync_protocol.records.base import Nature, RecordSchema, register


@register
class Reading(RecordSchema):
    """Somebody opened the copy of a file that he was granted. It names nobody: the copy leaves the device, this stays."""

    name = "reading"
    labels = Labels("Reading of a granted file", "获准档案查看", "核准檔案檢視")
    plural = Labels("Readings of granted files", "获准档案查看", "核准檔案檢視")
    nature = Nature.OWN
    title = "opened_at"

    of = reference(("Customer", "客户", "客戶"), "customer", row=147, required=True)
    grant = reference(("Granted lookup", "获准查询", "核准查詢"), "grant", row=147, required=True)
    opened_at = instant(("Opened at", "查看时间", "檢視時間"), row=147, required=True, listed=True)
