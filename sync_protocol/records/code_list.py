"""The code lists of a company: which choices a field offers, in which order and words (catalogue rows 20, 47, 160, 249-250)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, choice, count, flag, text
from sync_protocol.records.base import Nature, RecordSchema, register

LISTS = {
    "business_types": ("Business types", "业态", "業態"),
    "skip_reasons": ("Reasons to skip a visit", "跳过拜访的原因", "略過拜訪的原因"),
    "contact_channels": ("Contact channels", "联系方式", "聯絡方式"),
    "contact_purposes": ("Contact purposes", "联系目的", "聯絡目的"),
    "complaint_channels": ("Complaint channels", "投诉渠道", "投訴管道"),
    "complaint_classes": ("Complaint classes", "投诉类别", "投訴類別"),
    "lead_sources": ("Lead sources", "客户来源", "客戶來源"),
    "settlements": ("Settlement methods", "结算方式", "結算方式"),
    "industries": ("Industries", "所属行业", "所屬行業"),
}


@register
class CodeEntry(RecordSchema):
    """One entry of a code list. With a code that comes with Roundbook it changes that choice, in what it says; else it adds one."""

    name = "code_entry"
    labels = Labels("Code list entry", "代码表条目", "代碼表條目")
    plural = Labels("Code lists", "代码表", "代碼表")
    nature = Nature.REFERENCE
    title = "words"
    groups: ClassVar = {"record": Labels("Entry", "条目", "條目")}

    code_list = choice(("List", "代码表", "代碼表"), LISTS, required=True, listed=True)
    code = text(("Code", "代码", "代碼"), most=60, required=True, search=True, listed=True)
    words = text(("Words", "名称", "名稱"), most=60, required=True, search=True, listed=True)
    words_zh_hans = text(("Words, Simplified Chinese", "简体中文名称", "簡體中文名稱"), most=60, listed=True)
    words_zh_hant = text(("Words, Traditional Chinese", "繁体中文名称", "繁體中文名稱"), most=60, listed=True)
    place = count(("Place in the list", "排列顺序", "排列順序"), listed=True)
    withdrawn = flag(("No longer offered", "不再提供", "不再提供"), listed=True)
