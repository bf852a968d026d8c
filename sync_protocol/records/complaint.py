"""A complaint, from its intake to the answer the customer got (catalogue rows 248-256)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, choice, instant, note, phone, reference, text
from sync_protocol.records.base import Nature, RecordSchema, register

CHANNELS = {
    "visit": ("At a visit", "拜访中", "拜訪中"),
    "phone": ("Telephone", "电话", "電話"),
    "email": ("E-mail", "电子邮件", "電子郵件"),
    "online": ("Online service", "在线客服", "線上客服"),
    "sms": ("Text message", "短信", "簡訊"),
    "other": ("Other", "其他", "其他"),
}
CLASSES = {
    "product": ("Product quality", "产品质量", "產品品質"),
    "service": ("Service", "服务质量", "服務品質"),
    "delivery": ("Delivery", "配送", "配送"),
    "supply": ("Supply and limits", "货源供应", "貨源供應"),
    "price": ("Price and settlement", "价格与结算", "價格與結算"),
    "classification": ("Classification", "客户分类", "客戶分類"),
    "data": ("Wrong data", "资料错误", "資料錯誤"),
    "other": ("Other", "其他", "其他"),
}
PRIORITIES = {
    "urgent": ("Urgent", "紧急", "緊急"),
    "high": ("High", "高", "高"),
    "normal": ("Normal", "一般", "一般"),
    "low": ("Low", "低", "低"),
}


@register
class Complaint(RecordSchema):
    """What a customer complained of. Its state is computed from its reviews."""

    name = "complaint"
    labels = Labels("Complaint", "投诉", "投訴")
    plural = Labels("Complaints", "投诉", "投訴")
    nature = Nature.FACT
    title = "subject"
    groups: ClassVar = {
        "record": Labels("Intake", "受理", "受理"),
        "handling": Labels("Handling", "处理", "處理"),
    }

    channel = choice(
        ("Channel", "投诉渠道", "投訴管道"), CHANNELS, row=249, listed=True, code_list="complaint_channels"
    )
    received_at = instant(("Received at", "受理时间", "受理時間"), row=248, required=True, listed=True)
    complaint_class = choice(
        ("Class", "投诉类别", "投訴類別"), CLASSES, row=250, listed=True, code_list="complaint_classes"
    )
    priority = choice(("Priority", "优先级", "優先順序"), PRIORITIES, row=251, listed=True)
    subject = text(("Subject", "主题", "主旨"), row=248, search=True, listed=True)
    description = note(("Description", "投诉内容", "投訴內容"), row=248, required=True, search=True)
    person = text(("Complainant", "投诉人", "投訴人"), row=248, search=True)
    person_phone = phone(("Telephone", "电话", "電話"), row=248)
    visit = reference(("Visit", "相关拜访", "相關拜訪"), "visit", row=249)
    related_record = reference(("Concerns the record", "涉及记录", "涉及記錄"), "", row=256)
    related_field = text(("Concerns the field", "涉及字段", "涉及欄位"), row=256, most=60)

    cause = note(("Cause", "原因分析", "原因分析"), group="handling", row=252)
    solution = note(("Solution", "解决方案", "解決方案"), group="handling", row=253)
    feedback = note(("Told to the customer", "反馈客户", "回覆客戶"), group="handling", row=254)
    feedback_at = instant(("Told at", "反馈时间", "回覆時間"), group="handling", row=254)
