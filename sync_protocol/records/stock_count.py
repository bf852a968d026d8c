"""What stood on the shelf: one product counted, or its price tag read, at one visit (catalogue rows 24, 27, 61)."""

from __future__ import annotations

from sync_protocol.fields import Labels, decimal, instant, money, reference, text
from sync_protocol.records.base import Nature, RecordSchema, register


@register
class StockCount(RecordSchema):
    """One product on the shelf: how much of it, or the retail price that was seen, or both."""

    name = "stock_count"
    labels = Labels("Stock count", "库存盘点", "庫存盤點")
    plural = Labels("Stock counts", "库存盘点", "庫存盤點")
    nature = Nature.FACT
    title = "product_name"

    visit = reference(("Visit", "相关拜访", "相關拜訪"), "visit", row=61)
    product = reference(("Product", "商品", "商品"), "product", row=61)
    product_name = text(("Product name", "商品名称", "商品名稱"), row=61, search=True, listed=True)
    quantity = decimal(
        ("Quantity", "库存数量", "庫存數量"),
        row=61,
        listed=True,
        aliases=("qty", "stock", "库存", "庫存"),
    )
    price_seen_minor = money(("Retail price seen", "实际零售价", "實際零售價"), row=27, listed=True)
    counted_at = instant(("Counted at", "盘点时间", "盤點時間"), row=61, required=True, listed=True)
