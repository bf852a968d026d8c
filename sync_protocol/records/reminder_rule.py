"""A rule of reminding, edited at head office (catalogue rows 33-43, 173, 200-207). sync_protocol/reminders gives it its meaning."""

from __future__ import annotations

from typing import Any, ClassVar

from sync_protocol.fields import Labels, choice, count, flag, tags, text
from sync_protocol.records.base import Nature, RecordSchema, register

KINDS = {
    "contact": ("Contact", "联系客户", "聯絡客戶"),
    "visit": ("Visit", "拜访", "拜訪"),
    "order_day": ("Order day", "订货日", "訂貨日"),
    "dormant": ("Dormant", "长期未订货", "長期未訂貨"),
    "callback": ("Callback", "回访", "回訪"),
    "birthday": ("Birthday", "生日", "生日"),
    "holiday": ("Holiday", "节日", "節日"),
    "day": ("A day in the file", "档案中的日期", "檔案中的日期"),
    "materials": ("Materials to provide", "需提供资料", "需提供資料"),
    "escalation": ("Important customer waits", "重要客户待跟进", "重要客戶待跟進"),
    "register_check": ("Check of the register", "登记检查", "登記檢查"),
    "report": ("Sales report", "销售报告", "銷售報告"),
}
CALENDARS = {
    "solar": ("Solar", "公历", "國曆"),
    "lunar": ("Lunar", "农历", "農曆"),
    "term": ("Solar term", "节气", "節氣"),
}
AUDIENCES = {
    "maintainer": ("Maintainer", "维护人", "維護人"),
    "supervisor": ("Supervisor", "部门主管", "部門主管"),
    "licensing": ("Licensing", "专卖管理", "專賣管理"),
}
DAYS: dict[str, Any] = {"unit": ("days", "天", "天")}


@register
class ReminderRule(RecordSchema):
    """One rule. With the key of a rule that comes with Roundbook it changes that rule, in what it says; else it adds one."""

    name = "reminder_rule"
    labels = Labels("Reminder rule", "提醒规则", "提醒規則")
    plural = Labels("Reminder rules", "提醒规则", "提醒規則")
    nature = Nature.REFERENCE
    title = "rule_key"
    groups: ClassVar = {
        "record": Labels("Rule", "规则", "規則"),
        "whom": Labels("For whom", "适用客户", "適用客戶"),
        "when": Labels("When", "时间", "時間"),
    }

    rule_key = text(("Key", "规则代号", "規則代號"), row=40, most=60, required=True, listed=True)
    kind = choice(("Kind", "类型", "類型"), KINDS, row=40, listed=True)
    title_text = text(("Name", "名称", "名稱"), row=40, listed=True)
    active = flag(("In force", "启用", "啟用"), row=40, listed=True)
    audience = choice(("Who is reminded", "提醒对象", "提醒對象"), AUDIENCES, row=43)

    states = tags(("Deal states", "成交状态", "成交狀態"), group="whom", row=33)
    only_when = tags(("Only when the file says", "档案条件", "檔案條件"), group="whom", row=43)

    every_days = count(("Every", "周期", "週期"), group="when", row=33, listed=True, **DAYS)
    lead_days = count(("Shown before the day", "提前提醒", "提前提醒"), group="when", row=200, listed=True, **DAYS)
    after_days = count(
        ("Shown after the day", "逾期保留", "逾期保留"), group="when", row=41, least=-1, listed=True, **DAYS
    )
    field = text(("Field with the day", "日期字段", "日期欄位"), group="when", row=207, most=60)
    yearly = flag(("Comes back every year", "每年重复", "每年重複"), group="when", row=207)
    calendar = choice(("Calendar", "历法", "曆法"), CALENDARS, group="when", row=202)
    month = count(("Month", "月", "月"), group="when", row=202)
    day = count(("Day", "日", "日"), group="when", row=202)
