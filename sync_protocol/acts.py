"""Who may do what at head office: role x act (decision 6). Code, matrix test and `docs/rights.md` read this one table.

What concerns one customer's file is decided by seats, not here: see `rights`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sync_protocol.fields import Labels

ROLES: dict[str, Labels] = {
    "account_manager": Labels("Account manager", "客户经理", "客戶經理"),
    "supervisor": Labels("Supervisor", "部门主管", "部門主管"),
    "department_manager": Labels("Department manager", "部门经理", "部門經理"),
    "licensing": Labels("Licensing", "专卖管理员", "專賣管理員"),
    "order_desk": Labels("Order desk", "订单员", "訂單員"),
    "complaint_desk": Labels("Complaint desk", "投诉专员", "投訴專員"),
    "catalogue_editor": Labels("Catalogue editor", "目录维护员", "目錄維護員"),
    "leader": Labels("Leader", "领导", "主管"),
    "administrator": Labels("Administrator", "系统管理员", "系統管理員"),
}

_FIELD = ("account_manager", "supervisor", "licensing")
_LEAD = ("supervisor", "department_manager", "administrator")

ACTS: dict[str, tuple[Labels, tuple[str, ...]]] = {
    "read_own_books": (
        Labels("Read the books of one's seats", "查看本岗位客户册", "查看本職位客戶冊"),
        (*_FIELD, "department_manager"),
    ),
    "read_all_books": (
        Labels("Read all books", "查看全部客户册", "查看全部客戶冊"),
        ("department_manager", "order_desk", "complaint_desk", "leader", "administrator"),
    ),
    "create_customer": (
        Labels("Create a customer", "新建客户", "新建客戶"),
        ("account_manager", "supervisor", "administrator"),
    ),
    "edit_customer": (
        Labels("Edit or propose on a customer's file", "编辑或申请变更客户档案", "編輯或申請變更客戶檔案"),
        (*_FIELD, "department_manager", "administrator"),
    ),
    "hand_over": (Labels("Hand over a seat", "移交岗位", "移交職位"), ("department_manager", "administrator")),
    "stand_in": (Labels("Name a stand-in", "指定代理人", "指定代理人"), _LEAD),
    "move_customer": (
        Labels("Move customers between books", "调整客户归属", "調整客戶歸屬"),
        ("department_manager", "administrator"),
    ),
    "accept": (
        Labels("Accept what came in", "审核通过", "審核通過"),
        ("supervisor", "licensing", "department_manager"),
    ),
    "return": (
        Labels("Return what came in", "审核退回", "審核退回"),
        ("supervisor", "licensing", "department_manager"),
    ),
    "confirm_order": (
        Labels("Confirm an order", "确认订单", "確認訂單"),
        ("order_desk", "supervisor", "department_manager"),
    ),
    "handle_complaint": (
        Labels("Handle a complaint", "处理投诉", "處理投訴"),
        ("complaint_desk", "supervisor", "department_manager"),
    ),
    "revoke_device": (Labels("Retire a device or report it lost", "停用或挂失设备", "停用或掛失裝置"), _LEAD),
    "enrol_device": (Labels("Enrol a device", "注册设备", "註冊裝置"), ("supervisor", "administrator")),
    "see_devices": (Labels("See devices", "查看设备", "查看裝置"), (*_LEAD, "leader")),
    "look_up": (
        Labels("Ask to look up a customer elsewhere", "申请跨册查询", "申請跨冊查詢"),
        (*_FIELD, "order_desk", "complaint_desk"),
    ),
    "approve_lookup": (Labels("Approve a lookup", "审批查询", "核准查詢"), ("department_manager",)),
    "see_read_log": (
        Labels("See who read which file", "查看阅读记录", "查看閱讀紀錄"),
        ("department_manager", "administrator"),
    ),
    "ask_release": (
        Labels("Ask for a print or an export of files", "申请打印或导出档案", "申請列印或匯出檔案"),
        (*_FIELD, "department_manager", "order_desk", "complaint_desk", "leader"),
    ),
    "release": (Labels("Approve a print or an export", "审批打印与导出", "核准列印與匯出"), ("department_manager",)),
    "export": (Labels("Export", "导出", "匯出"), ("supervisor", "department_manager", "leader")),
    "send_one_message": (Labels("Send one message", "发送单条短信", "發送單則簡訊"), (*_FIELD, "complaint_desk")),
    "see_messages": (
        Labels("See messages to customers of one's books", "查看本册客户短信", "查看本冊客戶簡訊"),
        (*_FIELD, "complaint_desk", "department_manager", "leader", "administrator"),
    ),
    "draft_list": (
        Labels("Draw up a mailing list", "拟定群发名单", "擬定群發名單"),
        ("supervisor", "department_manager"),
    ),
    "approve_list": (Labels("Approve a mailing list", "审批群发名单", "核准群發名單"), ("department_manager",)),
    "import": (Labels("Import", "导入", "匯入"), ("administrator", "department_manager")),
    "erase": (Labels("Erase a customer", "彻底删除客户", "徹底刪除客戶"), ("administrator",)),
    "consent_erasure": (
        Labels("Agree, as a second person, to an erasure", "同意彻底删除（第二人）", "同意徹底刪除（第二人）"),
        ("department_manager", "administrator"),
    ),
    "archive": (Labels("Archive old records", "归档", "封存"), ("administrator",)),
    "merge_customers": (Labels("Merge two customers", "合并客户", "合併客戶"), ("supervisor", "department_manager")),
    "edit_rules": (
        Labels("Edit rules and limits", "维护规则与限额", "維護規則與限額"),
        ("department_manager", "administrator"),
    ),
    "edit_catalogue": (
        Labels("Edit products and code lists", "维护商品与代码表", "維護商品與代碼表"),
        ("catalogue_editor", "administrator"),
    ),
    "see_products": (Labels("See products", "查看商品", "查看商品"), tuple(ROLES)),
    "see_backups": (Labels("See how the backup stands", "查看备份状态", "查看備份狀態"), ("leader", "administrator")),
    "run_backups": (
        Labels(
            "Make archives, check key holders, record drills",
            "执行备份、核验密钥保管人、登记演练",
            "執行備份、核驗金鑰保管人、登記演練",
        ),
        ("administrator",),
    ),
    "administer": (Labels("Administer users, books and settings", "系统管理", "系統管理"), ("administrator",)),
}

# What a password alone is not enough for: a second factor must have been given within the last quarter of an hour.
STEP_UP = frozenset(
    {
        "hand_over",
        "stand_in",
        "move_customer",
        "approve_lookup",
        "release",
        "export",
        "erase",
        "archive",
        "administer",
    }
)


@cache
def acts_of(roles: tuple[str, ...]) -> frozenset[str]:
    """Everything that somebody with these roles may do. A role that is not in the table allows nothing."""
    return frozenset(act for act, (_, allowed) in ACTS.items() if any(role in allowed for role in roles))


def may(roles: Iterable[str], act: str) -> bool:
    """Whether somebody with these roles may do this act. Raises: KeyError for an act that is not in the table."""
    allowed = ACTS[act][1]
    return any(role in allowed for role in roles)
