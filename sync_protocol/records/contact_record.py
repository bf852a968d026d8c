"""A contact outside a visit, and what was heard in it: a call, a message, a callback (catalogue rows 18-23)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, choice, instant, note, phone, reference, text
from sync_protocol.records.base import Nature, RecordSchema, register

CHANNELS = {
    "phone": ("Telephone", "电话", "電話"),
    "sms": ("Text message", "短信", "簡訊"),
    "im": ("Instant messaging", "即时通讯", "即時通訊"),
    "email": ("E-mail", "电子邮件", "電子郵件"),
    "home_visit": ("Visit at the door", "上门拜访", "登門拜訪"),
    "other": ("Other", "其他", "其他"),
}
PURPOSES = {
    "contact": ("Contact", "日常联系", "日常聯絡"),
    "callback": ("Callback", "定期回访", "定期回訪"),
    "care": ("Care", "客户关怀", "客戶關懷"),
    "invitation": ("Invitation", "邀约", "邀約"),
    "question": ("Question answered", "答疑", "答疑"),
}
INITIATIVES = {
    "ours": ("Ours", "我方主动", "我方主動"),
    "theirs": ("The customer's", "客户主动", "客戶主動"),
}
SATISFACTION = {
    "very_satisfied": ("Very satisfied", "非常满意", "非常滿意"),
    "satisfied": ("Satisfied", "满意", "滿意"),
    "neutral": ("Neutral", "一般", "普通"),
    "dissatisfied": ("Dissatisfied", "不满意", "不滿意"),
    "very_dissatisfied": ("Very dissatisfied", "非常不满意", "非常不滿意"),
}


@register
class ContactRecord(RecordSchema):
    """One contact by whatever channel, and the callback that was agreed in it."""

    name = "contact_record"
    labels = Labels("Contact record", "联系记录", "聯絡記錄")
    plural = Labels("Contact records", "联系记录", "聯絡記錄")
    nature = Nature.FACT
    title = "content"
    groups: ClassVar = {
        "record": Labels("Contact", "联系", "聯絡"),
        "answer": Labels("What we heard", "客户反映", "客戶反映"),
        "callback": Labels("Callback", "回访", "回訪"),
    }

    channel = choice(("Channel", "联系方式", "聯絡方式"), CHANNELS, row=20, listed=True, code_list="contact_channels")
    contacted_at = instant(("Time", "联系时间", "聯絡時間"), row=18, required=True, listed=True)
    purpose = choice(("Purpose", "联系目的", "聯絡目的"), PURPOSES, row=19, listed=True, code_list="contact_purposes")
    initiative = choice(("Whose initiative", "由谁发起", "由誰發起"), INITIATIVES, row=50)
    person = text(("Person", "联系对象", "聯絡對象"), row=18, search=True, listed=True)
    person_phone = phone(("Telephone", "电话", "電話"), row=18)
    content = note(("Content", "联系内容", "聯絡內容"), row=18, search=True, listed=True)
    visit = reference(("Visit", "相关拜访", "相關拜訪"), "visit", row=23)

    satisfaction = choice(("Satisfaction", "满意度", "滿意度"), SATISFACTION, group="answer", row=19, listed=True)
    opinions = note(("Opinions and suggestions", "意见与建议", "意見與建議"), group="answer", row=19)
    feedback = note(("Customer's feedback", "客户反馈", "客戶回饋"), group="answer", row=21)

    callback_at = instant(("Callback time", "回访时间", "回訪時間"), group="callback", row=21)
    callback_content = note(("Callback content", "回访内容", "回訪內容"), group="callback", row=21)
