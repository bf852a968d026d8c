"""Every error type that crosses the wire (RFC 9457). `type` is stable; the title varies only by language."""

from __future__ import annotations

from typing import Any

from sync_protocol.fields import Labels

BASE = "https://roundbook.example/problems/"

PROBLEMS: dict[str, tuple[int, Labels]] = {
    "not-json": (400, Labels("Not JSON", "不是 JSON", "不是 JSON")),
    "not-the-schema": (400, Labels("Not of the schema", "不符合格式", "不符合格式")),
    "too-large": (413, Labels("Too large", "内容过大", "內容過大")),
    "signature-wrong": (401, Labels("Signature missing or wrong", "签名缺失或错误", "簽章缺失或錯誤")),
    "clock-apart": (401, Labels("Clocks too far apart", "时钟相差过大", "時鐘相差過大")),
    "device-unknown": (401, Labels("Device unknown", "设备未知", "裝置未知")),
    "device-lost": (403, Labels("Device reported lost", "设备已报失", "裝置已報失")),
    "user-disabled": (403, Labels("User disabled", "用户已停用", "使用者已停用")),
    "device-forked": (409, Labels("Two copies of this device", "设备存在两个副本", "裝置存在兩個副本")),
    "epoch-changed": (409, Labels("The server was restored", "服务器已恢复", "伺服器已還原")),
    "schema-retired": (426, Labels("App too old", "应用版本过旧", "應用版本過舊")),
    "behind": (503, Labels("Server may be behind", "服务器可能落后", "伺服器可能落後")),
    "busy": (503, Labels("Busy", "繁忙", "繁忙")),
    "not-built": (501, Labels("Not offered by this release", "此版本不提供", "此版本不提供")),
    "not-found": (404, Labels("Not found", "未找到", "找不到")),
    "method-not-allowed": (405, Labels("Method not allowed", "方法不被允许", "方法不被允許")),
    "internal": (500, Labels("Server fault", "服务器故障", "伺服器故障")),
    "code-wrong": (403, Labels("Code wrong", "注册码错误", "註冊碼錯誤")),
    "code-expired": (410, Labels("Code expired", "注册码已过期", "註冊碼已過期")),
    "code-used": (409, Labels("Code already used", "注册码已使用", "註冊碼已使用")),
    "photo-unknown": (403, Labels("No record names this photo", "没有记录引用此照片", "沒有記錄引用此照片")),
    "photo-differs": (460, Labels("The bytes differ from the hash", "照片内容与校验值不符", "照片內容與校驗值不符")),
    "offset-differs": (409, Labels("Offset differs", "偏移量不符", "位移不符")),
    "upload-locked": (423, Labels("Upload in progress elsewhere", "上传正在进行", "上傳正在進行")),
    "upload-gone": (410, Labels("Upload no longer there", "上传已失效", "上傳已失效")),
    "snapshot-gone": (410, Labels("Snapshot no longer there", "快照已失效", "快照已失效")),
    "range-wrong": (416, Labels("No such range", "请求范围无效", "請求範圍無效")),
    "tus-version": (412, Labels("tus version not offered", "不支持的 tus 版本", "不支援的 tus 版本")),
    "quota": (507, Labels("Quota used up", "配额已用完", "配額已用完")),
}


class Problem(Exception):
    """A request that cannot be served. Args: name: a key of PROBLEMS. detail: what happened, what was kept, what comes next."""

    def __init__(self, name: str, detail: str, **members: Any) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail
        self.members = members
        self.status = PROBLEMS[name][0]

    def to_wire(self, language: str = "en") -> dict[str, Any]:
        """The problem document."""
        title = PROBLEMS[self.name][1][language]
        return {"type": BASE + self.name, "title": title, "status": self.status, "detail": self.detail, **self.members}
