"""The order: what a customer buys, from the round or from a head-office file (catalogue rows 216-228)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import (
    Labels,
    Rule,
    choice,
    day,
    decimal,
    instant,
    lines,
    money,
    note,
    reference,
    text,
)
from sync_protocol.records.base import Nature, RecordSchema, register

SOURCES = {
    "device": ("Field app", "移动端", "行動端"),
    "office": ("Head office", "总部录入", "總部登錄"),
    "import": ("Import", "导入", "匯入"),
}


class OrderLine(RecordSchema):
    """One product of an order. It lives inside the order and has no id of its own."""

    name = "order_line"
    labels = Labels("Order line", "订单明细", "訂單明細")
    plural = Labels("Order lines", "订单明细", "訂單明細")
    nature = Nature.COMMITMENT
    title = "product_name"
    groups: ClassVar = {"record": Labels("Line", "明细", "明細")}

    # A table: each field with its labels, its place, and the names that a file knows it by.
    # fmt: off
    product = reference(("Product", "商品", "商品"), "product", row=216)
    product_code = text(
        ("Product code", "商品编码", "商品編號"), row=216, most=60, listed=True,
        aliases=("item number", "item no", "item code", "sku", "product number", "product no", "article number",
                 "model", "商品编号", "商品代码", "货号", "型号", "商品代碼", "貨號", "型號"),
    )
    product_name = text(
        ("Product name", "商品名称", "商品名稱"), row=216, listed=True,
        aliases=("item description", "item name", "item", "description", "product description", "品名", "产品名称",
                 "產品名稱"),
    )
    quantity = decimal(
        ("Quantity", "数量", "數量"), row=216, required=True, listed=True, rule=Rule.ASK,
        aliases=("qty", "bottles sold", "units", "units sold", "quantity ordered", "order quantity", "pieces",
                 "订货数量", "订购数量", "销售数量", "件数", "訂貨數量", "訂購數量", "銷售數量", "件數"),
    )
    unit = text(("Unit", "单位", "單位"), row=216, most=20, aliases=("uom", "unit of measure", "计量单位", "計量單位"))
    unit_price_minor = money(
        ("Unit price", "单价", "單價"), row=216, rule=Rule.ASK, listed=True,
        aliases=("price", "state bottle retail", "bottle retail", "retail price", "selling price", "价格", "销售单价",
                 "價格", "銷售單價"),
    )
    discount_minor = money(
        ("Discount", "折扣", "折扣"), row=216, rule=Rule.ASK,
        aliases=("discount amount", "折扣金额", "折扣金額"),
    )
    amount_minor = money(
        ("Amount", "金额", "金額"), row=216, rule=Rule.ASK, listed=True,
        aliases=("sale dollars", "sales dollars", "sale", "sales amount", "line total", "line amount", "net amount",
                 "销售金额", "小计", "銷售金額", "小計"),
    )
    # fmt: on


@register
class Order(RecordSchema):
    """A contract order with its lines. Its state (open, confirmed, returned …) is computed from its reviews."""

    name = "order"
    labels = Labels("Order", "订单", "訂單")
    plural = Labels("Orders", "订单", "訂單")
    nature = Nature.COMMITMENT
    title = "order_number"
    groups: ClassVar = {"record": Labels("Order", "订单", "訂單"), "origin": Labels("Origin", "来源", "來源")}

    # A table: each field with its labels, its place, and the names that a file knows it by.
    # fmt: off
    order_number = text(
        ("Order number", "订单号", "訂單編號"), row=216, most=60, search=True, listed=True,
        aliases=("order no", "order id", "invoice item number", "invoice number", "invoice no", "invoice", "订单编号",
                 "单号", "单据编号", "发票号", "訂單號", "訂單號碼", "單號", "發票號碼"),
    )
    ordered_at = instant(
        ("Ordered at", "订货时间", "訂貨時間"), row=216, required=True, listed=True,
        aliases=("date", "order date", "invoice date", "sale date", "date of order", "日期", "订货日期", "订单日期",
                 "下单时间", "下单日期", "訂貨日期", "訂單日期", "下單日期"),
    )
    deliver_on = day(
        ("Deliver on", "送货日期", "送貨日期"), row=221, listed=True,
        aliases=("delivery date", "ship date", "shipping date", "due date", "配送日期", "发货日期", "交货日期",
                 "出貨日期", "交貨日期"),
    )
    lines = lines(("Lines", "商品明细", "商品明細"), OrderLine, rule=Rule.ASK, row=216, required=True)
    total_minor = money(
        ("Total", "合计金额", "合計金額"), row=216, rule=Rule.ASK, listed=True,
        aliases=("order total", "total amount", "grand total", "订单金额", "总金额", "合计", "訂單金額", "總金額",
                 "合計"),
    )
    currency = text(("Currency", "币种", "幣別"), row=216, most=3, rule=Rule.ASK)
    note = note(("Note", "备注", "備註"), row=216, aliases=("notes", "remark", "remarks", "comment"))
    visit = reference(("Visit", "相关拜访", "相關拜訪"), "visit", group="origin", row=216)
    signature = reference(("Signature", "签名", "簽名"), "photo", group="origin", row=216)
    source = choice(("Entered in", "录入方式", "登錄方式"), SOURCES, group="origin", row=216)
    external_number = text(
        ("External number", "外部单号", "外部單號"), group="origin", row=216, most=60, search=True,
        aliases=("external id", "reference", "customer reference", "purchase order number", "po number"),
    )
    # fmt: on
