"""The knowledge base: standard answers and typical cases, and a case that the field proposes for it (catalogue rows 208-211)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, choice, day, flag, note, reference, text
from sync_protocol.records.base import Nature, RecordSchema, register

TOPICS = {
    "product": ("Products", "产品知识", "產品知識"),
    "quality": ("Quality and authenticity", "质量与真伪", "品質與真偽"),
    "supply": ("Supply and limits", "货源供应", "貨源供應"),
    "delivery": ("Ordering and delivery", "订货与配送", "訂貨與配送"),
    "price": ("Price and settlement", "价格与结算", "價格與結算"),
    "licence": ("Licence and rules", "证照与规定", "證照與規定"),
    "marketing": ("Display and selling", "陈列与营销", "陳列與行銷"),
    "service": ("Service", "服务", "服務"),
    "other": ("Other", "其他", "其他"),
}
KINDS = {
    "answer": ("Standard answer", "标准答复", "標準答覆"),
    "case": ("Typical case", "典型案例", "典型案例"),
    "guide": ("Guide", "业务指引", "業務指引"),
}


@register
class Knowledge(RecordSchema):
    """One entry of the knowledge base, in the reference book: every device has it and finds it offline."""

    name = "knowledge"
    labels = Labels("Knowledge entry", "知识条目", "知識條目")
    plural = Labels("Knowledge base", "知识库", "知識庫")
    nature = Nature.REFERENCE
    title = "question"
    groups: ClassVar = {
        "record": Labels("Entry", "条目", "條目"),
        "use": Labels("Where it applies", "适用范围", "適用範圍"),
    }

    question = text(("Question", "问题", "問題"), row=208, required=True, search=True, listed=True)
    answer = note(("Answer", "答复", "答覆"), row=208, required=True, search=True)
    topic = choice(("Topic", "主题", "主題"), TOPICS, row=210, listed=True)
    kind = choice(("Kind", "类型", "類型"), KINDS, row=209, listed=True)
    keywords = text(("Keywords", "关键词", "關鍵詞"), row=210, search=True, aliases=("key words", "标签", "標籤"))
    details = note(("Background", "背景说明", "背景說明"), row=211)
    product = reference(("Product", "商品", "商品"), "product", group="use", row=211)
    valid_until_on = day(("Valid until", "有效期至", "有效期至"), group="use", row=208)
    withdrawn = flag(("Withdrawn", "已停用", "已停用"), group="use", row=208, listed=True)
    case = reference(("Made from the case", "来源案例", "來源案例"), "", group="use", row=209)


@register
class KnowledgeCase(RecordSchema):
    """A case from the round that its author proposes for the knowledge base. Who keeps the catalogue decides by a review."""

    name = "knowledge_case"
    labels = Labels("Proposed case", "案例推荐", "案例推薦")
    plural = Labels("Proposed cases", "案例推荐", "案例推薦")
    nature = Nature.FACT
    title = "question"
    groups: ClassVar = {"record": Labels("Case", "案例", "案例")}

    question = text(("Question", "问题", "問題"), row=209, required=True, search=True, listed=True)
    answer = note(("What helped", "处理办法", "處理辦法"), row=209, required=True, search=True)
    topic = choice(("Topic", "主题", "主題"), TOPICS, row=209, listed=True)
    keywords = text(("Keywords", "关键词", "關鍵詞"), row=210, search=True)
    complaint = reference(("Complaint", "相关投诉", "相關投訴"), "complaint", row=209)
    contact = reference(("Contact record", "相关联系记录", "相關聯絡記錄"), "contact_record", row=209)
    visit = reference(("Visit", "相关拜访", "相關拜訪"), "visit", row=209)
