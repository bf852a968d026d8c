"""Why a reminder is there, in words. Beside the rules, so that phone, console and SMS list say the same."""

from __future__ import annotations

from sync_protocol.fields import Labels
from sync_protocol.records.customer import Customer
from sync_protocol.records.customer_choices import BATCHES
from sync_protocol.reminders.rules import Reminder

# fmt: off
_SENTENCES: dict[str, Labels] = {
    "contact.since": Labels("No contact for {days} days (every {every})", "已{days}天未联系（每{every}天一次）", "已{days}天未聯絡（每{every}天一次）"),
    "contact.never": Labels("Never contacted (every {every} days)", "从未联系（每{every}天一次）", "從未聯絡（每{every}天一次）"),
    "visit.batch": Labels("Visit day {weekday}", "拜访日{weekday}", "拜訪日{weekday}"),
    "visit.cycle": Labels("Last visit {days} days ago (every {every})", "上次拜访在{days}天前（每{every}天一次）", "上次拜訪在{days}天前（每{every}天一次）"),
    "visit.never": Labels("Never visited (every {every} days)", "从未拜访（每{every}天一次）", "從未拜訪（每{every}天一次）"),
    "order.cycle": Labels("Last order {days} days ago (every {every})", "上次订货在{days}天前（每{every}天一次）", "上次訂貨在{days}天前（每{every}天一次）"),
    "order.batch": Labels("Order day {weekday}", "订货日{weekday}", "訂貨日{weekday}"),
    "dormant": Labels("No order for {days} days", "已{days}天未订货", "已{days}天未訂貨"),
    "birthday.solar": Labels("Birthday of {person}", "{person}生日", "{person}生日"),
    "birthday.lunar": Labels("Lunar birthday of {person}", "{person}农历生日", "{person}農曆生日"),
    "callback": Labels("Callback agreed: {content}", "约定回访：{content}", "約定回訪：{content}"),
    "materials": Labels("Promised: {item}", "需提供：{item}", "需提供：{item}"),
    "day": Labels("{field}: {on}", "{field}：{on}", "{field}：{on}"),
    "escalation": Labels("Important, and contact is {days} days late", "重要客户，联系已逾期{days}天", "重要客戶，聯絡已逾期{days}天"),
    "holiday": Labels("Holiday", "节日", "節日"),
    "register_check.never": Labels("The register has not been checked yet", "登记尚未检查", "登記尚未檢查"),
    "register_check.since": Labels("Register checked {days} days ago (every {every})", "登记上次检查在{days}天前（每{every}天一次）", "登記上次檢查在{days}天前（每{every}天一次）"),
    "report.never": Labels("No sales report yet", "尚无销售报告", "尚無銷售報告"),
    "report.since": Labels("Sales report {days} days ago (every {every})", "上次销售报告在{days}天前（每{every}天一次）", "上次銷售報告在{days}天前（每{every}天一次）"),
}
_SHORT: dict[str, Labels] = {  # where what was to be said is not known
    "birthday.solar": Labels("Birthday", "生日", "生日"),
    "birthday.lunar": Labels("Lunar birthday", "农历生日", "農曆生日"),
    "callback": Labels("Callback agreed", "约定回访", "約定回訪"),
    "materials": Labels("Something promised", "需提供资料", "需提供資料"),
}
# fmt: on


def title_of(reminder: Reminder, language: str) -> str:
    """The name of its rule: «Birthday», «Contact»."""
    return reminder.title[language] if reminder.title else reminder.kind


def reason_text(reminder: Reminder, language: str) -> str:
    """Why it is there, as a sentence in `en`, `zh_Hans` or `zh_Hant`. A code that is not known here reads as the rule's name."""
    sentence = _SENTENCES.get(reminder.why)
    if sentence is None or reminder.why == "holiday":
        return title_of(reminder, language)
    values = {name: _spoken(name, value, language) for name, value in reminder.values}
    short = _SHORT.get(reminder.why)
    if short is not None and not any(values.values()):
        return short[language]
    text = sentence[language].format_map(values)
    return text.replace(" 1 days", " 1 day") if language == "en" else text


def _spoken(name: str, value: str | int, language: str) -> str:
    if name == "weekday" and value in BATCHES:
        return Labels(*BATCHES[str(value)])[language]
    if name == "field":
        spec = Customer.specs().get(str(value))
        return spec.labels[language] if spec else str(value)
    return str(value)
