"""The visit: who went where, when, what was found and what was done about it (catalogue rows 1-30)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, Sensitivity, choice, coordinate, count, flag, instant, note, phone, tags, text
from sync_protocol.records.base import Nature, RecordSchema, register

PURPOSES = {
    "planned": ("Planned visit", "计划拜访", "計劃拜訪"),
    "unplanned": ("Unplanned visit", "临时拜访", "臨時拜訪"),
    "return": ("Return visit", "回访", "回訪"),
    "paper": ("Entered from paper", "纸质补录", "紙本補錄"),
}
STATES = {
    "open": ("In progress", "进行中", "進行中"),
    "done": ("Done", "已完成", "已完成"),
    "skipped": ("Skipped", "已跳过", "已略過"),
}
SKIP_KINDS = {
    "closed": ("Shop closed", "店铺未营业", "店鋪未營業"),
    "owner_away": ("Owner away", "店主不在", "店主不在"),
    "another_day": ("Asked for another day", "客户要求改期", "客戶要求改期"),
    "road": ("Road blocked or weather", "道路或天气原因", "道路或天氣原因"),
    "no_time": ("No time left", "时间不足", "時間不足"),
    "other": ("Other", "其他", "其他"),
}
INTENTIONS = {
    "none": ("None", "无", "無"),
    "low": ("Low", "低", "低"),
    "middle": ("Middle", "中", "中"),
    "high": ("High", "高", "高"),
}


@register
class Visit(RecordSchema):
    """One visit, from check-in to check-out; one line of the visit register."""

    name = "visit"
    labels = Labels("Visit", "拜访", "拜訪")
    plural = Labels("Visits", "拜访", "拜訪")
    nature = Nature.FACT
    title = "person"
    groups: ClassVar = {
        "register": Labels("Register", "登记", "登記"),
        "work": Labels("Work done", "工作内容", "工作內容"),
        "place": Labels("Time and place", "时间与地点", "時間與地點"),
    }

    purpose = choice(("Purpose", "拜访目的", "拜訪目的"), PURPOSES, group="register", listed=True)
    state = choice(("State", "状态", "狀態"), STATES, group="register", required=True, listed=True)
    person = text(("Person met", "被访人", "受訪人"), group="register", row=2, search=True, listed=True)
    person_phone = phone(("Telephone", "电话", "電話"), group="register", row=4)
    appearance = note(("Appearance", "外貌特征", "外貌特徵"), group="register", row=5)
    work_unit = text(("Work unit", "工作单位", "工作單位"), group="register", row=6)
    home_address = text(
        ("Home address", "家庭住址", "住家地址"), group="register", row=7, sensitivity=Sensitivity.PRIVATE
    )
    intention = choice(("Purchase intention", "购买意向", "購買意向"), INTENTIONS, group="register", row=8)
    intention_note = note(("About the intention", "意向说明", "意向說明"), group="register", row=8)

    tasks_done = tags(("Tasks done", "完成事项", "完成事項"), group="work", row=24)
    supply_notice = flag(("Told what is available", "已告知货源", "已告知貨源"), group="work", row=25)
    new_products = note(("New products introduced", "新品介绍", "新品介紹"), group="work", row=26)
    prices_checked = flag(("Retail prices checked", "已核对零售价", "已核對零售價"), group="work", row=27)
    need_found = note(("Need found", "发现的需求", "發現的需求"), group="work", row=28)
    service_given = note(("Service given", "提供的服务", "提供的服務"), group="work", row=28)
    situation = note(("Visit situation", "拜访情况", "拜訪情況"), group="work", row=9, listed=True)
    next_step = note(("Next step", "下一步", "下一步"), group="work", row=9)
    opinions = note(("Opinions and suggestions", "意见与建议", "意見與建議"), group="work", row=30)
    referral = text(("Referred us to", "转介绍客户", "轉介紹客戶"), group="work", row=17)
    steps_skipped = note(("Steps left out, and why", "未做环节及原因", "未做環節及原因"), group="work", row=24)
    skip_kind = choice(("Reason", "原因", "原因"), SKIP_KINDS, group="work", listed=True, code_list="skip_reasons")
    skip_reason = note(("Why it was skipped", "跳过原因", "略過原因"), group="work")

    checked_in_at = instant(("Check-in", "签到时间", "簽到時間"), group="place", row=3, required=True, listed=True)
    checked_out_at = instant(("Check-out", "签退时间", "簽退時間"), group="place", row=3)
    latitude = coordinate(("Latitude", "纬度", "緯度"), group="place")
    longitude = coordinate(("Longitude", "经度", "經度"), group="place")
    accuracy_m = count(("Accuracy", "精度", "精度"), group="place", unit=("m", "米", "公尺"))
    distance_m = count(("Distance to the outlet", "距门店", "距門市"), group="place", unit=("m", "米", "公尺"))
    mock_location = flag(("Simulated location", "模拟定位", "模擬定位"), group="place")
    entered_from_paper = flag(("Entered from paper", "纸质补录", "紙本補錄"), group="place", row=11)
