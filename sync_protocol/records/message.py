"""Text messages to customers, and the templates that head office keeps for them (catalogue rows 37, 196-203)."""

from __future__ import annotations

from typing import Any, ClassVar

from sync_protocol.fields import FieldClass, Labels, choice, count, flag, instant, note, phone, reference, text
from sync_protocol.messaging.states import STATES
from sync_protocol.records.base import Nature, RecordSchema, register

KINDS = {
    "one": ("To one customer", "单发", "單發"),
    "group": ("To a list", "群发", "群發"),
    "greeting": ("Greeting", "问候", "問候"),
}
PURPOSES = {
    "general": ("General", "通用", "一般"),
    "birthday": ("Birthday", "生日祝福", "生日祝福"),
    "holiday": ("Holiday", "节日问候", "節日問候"),
    "signing": ("Anniversary of signing", "签约纪念", "簽約紀念"),
    "news": ("News and new products", "新品资讯", "新品資訊"),
}
LANGUAGES = {
    "en": ("English", "英文", "英文"),
    "zh_Hans": ("Simplified Chinese", "简体中文", "簡體中文"),
    "zh_Hant": ("Traditional Chinese", "繁体中文", "繁體中文"),
}
SERVER: dict[str, Any] = {"group": "fate", "klass": FieldClass.SYSTEM, "row": 198}


@register
class Message(RecordSchema):
    """A text message to a customer: who wants what said to whom, and what became of it, which the server alone writes."""

    name = "message"
    labels = Labels("Text message", "短信", "簡訊")
    plural = Labels("Text messages", "短信", "簡訊")
    nature = Nature.FACT
    title = "content"
    groups: ClassVar = {
        "record": Labels("Message", "短信", "簡訊"),
        "fate": Labels("What became of it", "发送结果", "傳送結果"),
    }

    content = note(("Text", "短信内容", "簡訊內容"), row=198, required=True, search=True, listed=True)
    written_at = instant(("Written at", "编写时间", "撰寫時間"), row=198, required=True, listed=True)
    person = text(("To", "收信人", "收件人"), row=198, search=True, listed=True)
    person_phone = phone(("Telephone", "手机号码", "手機號碼"), row=198, listed=True)
    send_at = instant(("Send not before", "定时发送", "定時傳送"), row=197)
    template = reference(("Template", "短信模板", "簡訊範本"), "message_template", row=198)
    kind = choice(("Kind", "发送方式", "傳送方式"), KINDS, row=196)

    state = choice(("State", "状态", "狀態"), STATES, listed=True, **SERVER)
    parts = count(("Parts", "条数", "則數"), **SERVER)
    problem = text(("Why not", "失败原因", "失敗原因"), **SERVER)
    settled_at = instant(("Known since", "更新时间", "更新時間"), **SERVER)


@register
class MessageTemplate(RecordSchema):
    """A text with placeholders, kept in the reference book and so on every device."""

    name = "message_template"
    labels = Labels("Message template", "短信模板", "簡訊範本")
    plural = Labels("Message templates", "短信模板", "簡訊範本")
    nature = Nature.REFERENCE
    title = "template_name"
    groups: ClassVar = {"record": Labels("Template", "模板", "範本")}

    template_name = text(("Name", "名称", "名稱"), row=196, required=True, most=60, search=True, listed=True)
    purpose = choice(("Purpose", "用途", "用途"), PURPOSES, row=196, listed=True)
    content = note(("Text", "内容", "內容"), row=196, required=True, listed=True)
    language = choice(("Language", "语言", "語言"), LANGUAGES, row=196, listed=True)
    gateway_code = text(("Code at the gateway", "运营商模板编号", "電信商範本編號"), row=196, most=60)
    active = flag(("In use", "启用", "啟用"), row=196, listed=True)
