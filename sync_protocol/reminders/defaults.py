"""The rules of a company that has changed none."""

from __future__ import annotations

from sync_protocol.fields import Labels
from sync_protocol.reminders.rules import LUNAR, SOLAR, SUPERVISOR, TERM, Rule

OPEN_DEALS, COMPLETED = ("new", "not_completed"), ("completed",)
IMPORTANT = ("vip", "working_class=core", "value_class=value", "grade=1", "grade=2", "grade=3")


def _holiday(
    key: str, words: tuple[str, str, str], calendar: str, month: int = 0, day: int = 0, term: str = ""
) -> Rule:
    return Rule(
        f"holiday-{key}",
        "holiday",
        Labels(*words),
        calendar=calendar,
        month=month,
        day=day,
        field=term,
        lead_days=3,
        after_days=0,
    )


# fmt: off
DEFAULT_RULES: tuple[Rule, ...] = (
    Rule("contact-open", "contact", Labels("Contact", "联系客户", "聯絡客戶"), states=OPEN_DEALS, every_days=7, lead_days=1),
    Rule("contact-completed", "contact", Labels("Contact", "联系客户", "聯絡客戶"), states=COMPLETED, every_days=30, lead_days=1),
    Rule("visit", "visit", Labels("Visit", "拜访", "拜訪"), lead_days=1),
    Rule("visit-potential", "visit", Labels("Visit", "拜访", "拜訪"), only_when=("value_class=potential",), every_days=14,
         lead_days=1),
    Rule("order-day", "order_day", Labels("Order day", "订货日", "訂貨日"), after_days=7),
    Rule("dormant", "dormant", Labels("Dormant", "长期未订货", "長期未訂貨"), states=COMPLETED, every_days=60),
    Rule("callback", "callback", Labels("Callback", "回访", "回訪"), lead_days=1),
    Rule("birthday", "birthday", Labels("Birthday", "生日", "生日"), lead_days=7, after_days=0),
    Rule("signing", "day", Labels("Signing date", "签约日期", "簽約日期"), field="contract_signed_on", lead_days=3, after_days=0),
    Rule("signing-anniversary", "day", Labels("Signing anniversary", "签约周年", "簽約週年"), states=COMPLETED,
         field="contract_signed_on", yearly=True, lead_days=3, after_days=0),
    Rule("contract-end", "day", Labels("Contract expires", "合同到期", "合約到期"), field="contract_expires_on", lead_days=30),
    Rule("licence-expiry", "day", Labels("Licence expires", "许可证到期", "許可證到期"), field="licence_expires_on", lead_days=60),
    Rule("annual-review", "day", Labels("Annual review", "年审", "年審"), field="annual_review_on", yearly=True, lead_days=30,
         after_days=30),
    Rule("materials", "materials", Labels("Materials to provide", "需提供资料", "需提供資料"), lead_days=3),
    Rule("escalation", "escalation", Labels("Important customer waits", "重要客户待跟进", "重要客戶待跟進"), only_when=IMPORTANT,
         after_days=7, audience=SUPERVISOR),
    Rule("register-check", "register_check", Labels("Check of the register", "登记检查", "登記檢查"), every_days=7,
         audience=SUPERVISOR),
    Rule("sales-report", "report", Labels("Weekly sales report", "每周销售报告", "每週銷售報告"), every_days=7, lead_days=1),
    _holiday("new-year", ("New Year's Day", "元旦", "元旦"), SOLAR, 1, 1),
    _holiday("spring-festival", ("Spring Festival", "春节", "春節"), LUNAR, 1, 1),
    _holiday("lantern", ("Lantern Festival", "元宵节", "元宵節"), LUNAR, 1, 15),
    _holiday("qingming", ("Tomb-Sweeping Day", "清明节", "清明節"), TERM, term="清明"),
    _holiday("labour", ("Labour Day", "劳动节", "勞動節"), SOLAR, 5, 1),
    _holiday("dragon-boat", ("Dragon Boat Festival", "端午节", "端午節"), LUNAR, 5, 5),
    _holiday("mid-autumn", ("Mid-Autumn Festival", "中秋节", "中秋節"), LUNAR, 8, 15),
    _holiday("national", ("National Day", "国庆节", "國慶節"), SOLAR, 10, 1),
    _holiday("new-years-eve", ("Lunar New Year's Eve", "除夕", "除夕"), LUNAR, 12, 30),
)
# fmt: on
