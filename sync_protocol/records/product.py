"""The product catalogue, kept once for the whole company (catalogue row 217)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import Labels, Rule, Sensitivity, count, flag, money, text
from sync_protocol.records.base import Nature, RecordSchema, register


@register
class Product(RecordSchema):
    """What the company sells."""

    name = "product"
    labels = Labels("Product", "商品", "商品")
    plural = Labels("Products", "商品", "商品")
    nature = Nature.REFERENCE
    title = "product_name"
    groups: ClassVar = {"record": Labels("Product", "商品", "商品"), "price": Labels("Price", "价格", "價格")}

    # A table: each field with its labels, its place, and the names that a file knows it by.
    # fmt: off
    product_code = text(
        ("Product code", "商品编码", "商品編號"), row=217, most=60, required=True, search=True, listed=True,
        aliases=("item number", "item no", "item code", "sku", "product number", "product no", "article number",
                 "model", "code", "barcode", "商品编号", "商品代码", "货号", "型号", "条码", "商品代碼", "貨號", "型號",
                 "條碼"),
    )
    product_name = text(
        ("Product name", "商品名称", "商品名稱"), row=217, required=True, search=True, listed=True,
        aliases=("item description", "item name", "item", "product", "name", "description", "product description",
                 "品名", "产品名称", "名称", "產品名稱", "名稱"),
    )
    category_code = text(
        ("Category code", "品类编码", "品類編號"), row=217, most=60,
        aliases=("category", "category number", "category no", "category id", "class code", "类别编码", "品類編碼",
                 "類別編號"),
    )
    category_name = text(
        ("Category name", "品类", "品類"), row=217, listed=True,
        aliases=("product category", "product class", "class", "商品类别", "类别", "商品分类", "商品類別", "類別",
                 "商品分類"),
    )
    vendor_code = text(
        ("Vendor code", "供应商编码", "供應商編號"), row=217, most=60,
        aliases=("vendor number", "vendor no", "vendor id", "supplier number", "supplier code", "供应商编号",
                 "供應商編碼"),
    )
    vendor = text(
        ("Vendor", "供应商", "供應商"), row=217,
        aliases=("vendor name", "supplier", "supplier name", "manufacturer", "厂家", "生产厂家", "供应商名称", "廠商",
                 "供應商名稱"),
    )
    brand = text(("Brand", "品牌", "品牌"), row=217, search=True, aliases=("brand name", "品牌名称", "品牌名稱"))
    specification = text(("Specification", "规格", "規格"), row=217, aliases=("spec", "规格型号", "規格型號"))
    pack = count(
        ("Pack", "装箱数", "裝箱數"), row=217,
        aliases=("pack size", "units per case", "bottles per case", "箱规", "包装数", "箱入數"),
    )
    volume_ml = count(
        ("Volume", "容量", "容量"), row=217, unit=("ml", "毫升", "毫升"),
        aliases=("bottle volume ml", "bottle volume", "volume ml", "容量毫升", "净含量", "淨含量"),
    )
    unit = text(("Unit", "单位", "單位"), row=217, most=20, aliases=("uom", "unit of measure", "计量单位", "計量單位"))
    unit_price_minor = money(
        ("Unit price", "单价", "單價"), row=217, group="price", rule=Rule.ASK, listed=True,
        aliases=("price", "state bottle retail", "bottle retail", "retail price", "selling price", "list price", "价格",
                 "销售单价", "零售价", "售价", "價格", "銷售單價", "零售價", "售價"),
    )
    cost_price_minor = money(
        ("Cost price", "成本价", "成本價"), row=217, group="price", rule=Rule.ASK, sensitivity=Sensitivity.SECRET,
        aliases=("cost", "unit cost", "state bottle cost", "bottle cost", "purchase price", "进价", "成本", "進價"),
    )
    high_end = flag(("High-end", "高档商品", "高檔商品"), row=217, aliases=("high end", "premium", "是否高档", "高檔"))
    offered = flag(
        ("Offered", "在售", "供應中"), row=217, listed=True,
        aliases=("active", "available", "上架", "是否在售"),
    )
    # fmt: on
