"""A customer's week: drafted by the server, corrected and submitted by the account manager (catalogue rows 57, 152).

The weekly sales statistics report of a round is all of its customers' weeks together.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sync_protocol.fields import FieldClass, Labels, count, day, decimal, instant, money, text, user
from sync_protocol.records.base import Nature, RecordSchema, register

SERVER: dict[str, Any] = {"group": "origin", "klass": FieldClass.SYSTEM, "row": 152}


@register
class WeeklyReport(RecordSchema):
    """One customer's week. Draft until `submitted_at`; received and signed, or returned, by a review."""

    name = "weekly_report"
    labels = Labels("Weekly sales report", "周销售统计报告", "週銷售統計報告")
    plural = Labels("Weekly sales reports", "周销售统计报告", "週銷售統計報告")
    nature = Nature.FACT
    title = "week_on"
    groups: ClassVar = {
        "record": Labels("Report", "报告", "報告"),
        "origin": Labels("Origin", "来源", "來源"),
    }

    week_on = day(("Week from", "周起始日", "週起始日"), row=152, required=True, listed=True)
    orders = count(("Orders", "订单数", "訂單數"), row=57, listed=True)
    quantity = decimal(("Quantity", "数量", "數量"), row=57, listed=True)
    amount_minor = money(("Amount", "金额", "金額"), row=57, listed=True)
    before_minor = money(("Week before", "上周金额", "上週金額"), row=57, listed=True)
    visits = count(("Visits", "拜访次数", "拜訪次數"), row=57, listed=True)
    remark = text(("Remark", "备注", "備註"), row=57, listed=True)
    submitted_at = instant(("Submitted at", "提交时间", "提交時間"), row=152, listed=True)

    manager = user(("Account manager", "客户经理", "客戶經理"), listed=True, **SERVER)
    drafted_at = instant(("Drafted at", "生成时间", "產生時間"), **SERVER)
