"""A photo: its description travels as a record, its bytes by the upload protocol (protocol R42; catalogue M6, M7)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, choice, coordinate, count, flag, instant, note, reference, text
from sync_protocol.records.base import Nature, RecordSchema, register

STEPS = {
    "shopfront": ("Shopfront", "门头", "店面"),
    "display": ("Display", "陈列", "陳列"),
    "price_tag": ("Price tag", "价签", "價格標籤"),
    "stock": ("Stock", "库存", "庫存"),
    "licence": ("Licence", "证照", "證照"),
    "order": ("Order", "订单", "訂單"),
    "signature": ("Signature", "签名", "簽名"),
    "other": ("Other", "其他", "其他"),
}


@register
class Photo(RecordSchema):
    """One photo taken in the app, tied to visit and step by the hash chain."""

    name = "photo"
    labels = Labels("Photo", "照片", "照片")
    plural = Labels("Photos", "照片", "照片")
    nature = Nature.FACT
    title = "caption"
    groups: ClassVar = {
        "record": Labels("Photo", "照片", "照片"),
        "file": Labels("File", "文件", "檔案"),
        "place": Labels("Time and place", "时间与地点", "時間與地點"),
    }

    visit = reference(("Visit", "相关拜访", "相關拜訪"), "visit", row=24)
    related_record = reference(("Belongs to", "所属记录", "所屬記錄"), "", row=142)
    step = choice(("Step", "拍摄环节", "拍攝環節"), STEPS, row=24, listed=True)
    caption = note(("Caption", "说明", "說明"), listed=True)

    sha256 = text(("SHA-256", "SHA-256 校验值", "SHA-256 校驗值"), group="file", most=64, required=True)
    size_bytes = count(("Size", "大小", "大小"), group="file", required=True, unit=("bytes", "字节", "位元組"))
    media_type = text(("Media type", "媒体类型", "媒體類型"), group="file", most=60, required=True)
    width_px = count(("Width", "宽度", "寬度"), group="file", unit=("px", "像素", "像素"))
    height_px = count(("Height", "高度", "高度"), group="file", unit=("px", "像素", "像素"))
    chain = text(("Evidence chain", "证据链", "證據鏈"), group="file", most=64)

    taken_at = instant(("Taken at", "拍摄时间", "拍攝時間"), group="place", required=True, listed=True)
    latitude = coordinate(("Latitude", "纬度", "緯度"), group="place")
    longitude = coordinate(("Longitude", "经度", "經度"), group="place")
    accuracy_m = count(("Accuracy", "精度", "精度"), group="place", unit=("m", "米", "公尺"))
    mock_location = flag(("Simulated location", "模拟定位", "模擬定位"), group="place")
