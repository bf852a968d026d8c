"""What the server alone writes: proposals, conflicts, duplicates and notices (protocol §6, §2; design §3)."""

from __future__ import annotations

from typing import Any

from sync_protocol.fields import FieldClass, Labels, choice, instant, note, reference, text, user
from sync_protocol.records.base import Nature, RecordSchema, register

SEATS = {
    "maintainer": ("Maintainer", "维护人", "維護人"),
    "supervisor": ("Supervisor", "部门主管", "部門主管"),
    "licensing": ("Licensing", "专卖管理", "專賣管理"),
}
PROPOSAL_STATES = {
    "open": ("Open", "待处理", "待處理"),
    "accepted": ("Accepted", "已采纳", "已採納"),
    "declined": ("Declined", "已驳回", "已駁回"),
}
DUPLICATE_STATES = {
    "open": ("Open", "待处理", "待處理"),
    "merged": ("Merged", "已合并", "已合併"),
    "different": ("Different customers", "并非重复", "並非重複"),
}
RULES = {
    "latest": ("The later one counts", "以较晚者为准", "以較晚者為準"),
    "ask": ("A person decides", "由人决定", "由人決定"),
    "elements": ("Element by element", "逐项合并", "逐項合併"),
    "sum": ("Added up", "累加", "累加"),
}
OUTCOMES = {
    "applied": ("Applied", "已生效", "已生效"),
    "merged": ("Merged", "已合并", "已合併"),
    "proposed": ("To decide", "待决定", "待決定"),
    "waiting": ("Waiting", "等待中", "等待中"),
    "refused": ("Refused", "已拒绝", "已拒絕"),
    "accepted": ("Accepted", "已采纳", "已採納"),
    "declined": ("Declined", "已驳回", "已駁回"),
}

WHOLE_SET = 256 * 1024  # characters: a proposal keeps a change whole, and a set holds at most 256 KiB
SERVER: dict[str, Any] = {"klass": FieldClass.SYSTEM}


@register
class Proposal(RecordSchema):
    """A change whose author may not apply it, kept whole for the seat that decides (R16)."""

    name = "proposal"
    labels = Labels("Proposal", "变更申请", "變更申請")
    plural = Labels("Proposals", "变更申请", "變更申請")
    nature = Nature.PROTOCOL
    title = "reason"

    of = reference(("Record", "申请对象", "申請對象"), "", row=141, **SERVER)
    of_type = text(("Record type", "对象类型", "對象類型"), most=60, **SERVER)
    change_set = text(("Change set", "变更批", "變更組"), most=60, **SERVER)
    change = text(("Change", "变更内容", "變更內容"), most=WHOLE_SET, row=141, **SERVER)
    decider = choice(("Decided by the seat", "审批岗位", "核准職位"), SEATS, row=137, listed=True, **SERVER)
    proposer = user(("Proposed by", "申请人", "申請人"), row=141, listed=True, **SERVER)
    base = text(("Base version", "基准版本", "基準版本"), most=60, **SERVER)
    reason = text(("Reason", "申请原因", "申請原因"), row=141, listed=True, **SERVER)
    state = choice(("State", "状态", "狀態"), PROPOSAL_STATES, row=141, listed=True, **SERVER)
    decided_by = user(("Decided by", "审批人", "核准人"), row=141, **SERVER)
    decided_at = instant(("Decided at", "审批时间", "核准時間"), row=141, **SERVER)
    comment = note(("Comment", "审批意见", "核准意見"), row=141, **SERVER)


@register
class Conflict(RecordSchema):
    """Two edits of one field that had not seen each other: the value that counts, and the one that lost (P3)."""

    name = "conflict"
    labels = Labels("Conflict", "冲突", "衝突")
    plural = Labels("Conflicts", "冲突", "衝突")
    nature = Nature.PROTOCOL
    title = "field"

    of = reference(("Record", "冲突对象", "衝突對象"), "", **SERVER)
    of_type = text(("Record type", "对象类型", "對象類型"), most=60, **SERVER)
    change_set = text(("Change set", "变更批", "變更組"), most=60, **SERVER)
    field = text(("Field", "字段", "欄位"), most=60, listed=True, **SERVER)
    kept = text(("Value kept", "保留的值", "保留的值"), most=WHOLE_SET, listed=True, **SERVER)
    lost = text(("Value that lost", "未采用的值", "未採用的值"), most=WHOLE_SET, listed=True, **SERVER)
    was = text(("Value before", "原值", "原值"), most=WHOLE_SET, **SERVER)
    kept_by = user(("Kept value by", "保留值录入人", "保留值登錄人"), **SERVER)
    lost_by = user(("Lost value by", "未采用值录入人", "未採用值登錄人"), **SERVER)
    rule = choice(("Settled by the rule", "合并规则", "合併規則"), RULES, **SERVER)


@register
class Duplicate(RecordSchema):
    """Two customers that share what should be unique: a task for the supervisor (R10)."""

    name = "duplicate"
    labels = Labels("Possible duplicate", "疑似重复", "疑似重複")
    plural = Labels("Possible duplicates", "疑似重复", "疑似重複")
    nature = Nature.PROTOCOL
    title = "field"

    of = reference(("Customer", "客户", "客戶"), "customer", row=77, **SERVER)
    other = reference(("Other customer", "另一客户", "另一客戶"), "customer", row=77, **SERVER)
    field = text(("Field", "重复字段", "重複欄位"), most=60, row=77, listed=True, **SERVER)
    state = choice(("State", "状态", "狀態"), DUPLICATE_STATES, row=77, listed=True, **SERVER)


@register
class Notice(RecordSchema):
    """What became of a user's work in a book that he does not hold; it lies on his desk."""

    name = "notice"
    labels = Labels("Notice", "通知", "通知")
    plural = Labels("Notices", "通知", "通知")
    nature = Nature.PROTOCOL
    title = "text"

    of = reference(("Record", "相关记录", "相關記錄"), "", **SERVER)
    set = text(("Change set", "变更批", "變更組"), most=60, **SERVER)
    outcome = choice(("Outcome", "结果", "結果"), OUTCOMES, listed=True, **SERVER)
    text = note(("Text", "内容", "內容"), listed=True, **SERVER)


@register
class Grant(RecordSchema):
    """A frozen copy of a customer's file that a user outside the book may read until an instant; it lies on his desk (decision 9).

    The copy holds the groups that were granted, sensitive values shortened. It leaves the desk at its end; a device without contact
    drops the content by itself.
    """

    name = "grant"
    labels = Labels("Granted lookup", "获准查询", "核准查詢")
    plural = Labels("Granted lookups", "获准查询", "核准查詢")
    nature = Nature.PROTOCOL
    title = "customer_name"

    of = reference(("Customer", "客户", "客戶"), "customer", row=147, **SERVER)
    customer_name = text(("Customer's name", "客户名称", "客戶名稱"), row=147, listed=True, **SERVER)
    file = text(("Copy of the file", "档案副本", "檔案副本"), most=WHOLE_SET, row=147, **SERVER)
    until = instant(("Until", "有效期至", "有效期至"), row=147, listed=True, **SERVER)
    reason = note(("Reason", "查询原因", "查詢原因"), row=147, **SERVER)
    granted_by = text(("Granted by", "批准人", "核准人"), row=147, listed=True, **SERVER)
