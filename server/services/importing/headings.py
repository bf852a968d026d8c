"""Headings as people write them -> words that can be compared: «Store No.», store_number and 店号 come out alike.

No field is named here. What a heading is compared with are the labels and aliases of the declared fields (`targets.py`).
"""

from __future__ import annotations

import re
import unicodedata

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[{（【〔][^)\]}）】〕]*[)\]}）】〕]")
_PHRASES = re.compile(r"\bstock[ _-]?code\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+|[^\W_a-z0-9\u3400-\u9fff]+")

# The nouns that people say for the thing a record type stands for.
NOUNS = {
    "customer": "kd firma store shop outlet retailer client dealer merchant account pos buyer premises premise business establishment facility "
    "sold party debtor kunde kunden client magasin cliente clientes tienda 客户 客戶 门店 門市 門店 店铺 店鋪 商户 商戶 零售户 零售戶 "
    "零售商 终端 終端 网点 網點 店 商店 经销商 經銷商",
    "product": "products item items article articles goods material lineitem artikel art produkt produit produits article producto "
    "articulo 商品 产品 產品 货品 貨品 物料 品项 品項 品",
    "order": "orders invoice document doc beleg bestellung bestell auftrag auftrags rechnung rechnungs commande facture pedido factura 订单 訂單 单据 單據 销售单 銷售單",
    "vendor": "vendors supplier suppliers lieferant fournisseur proveedor 供应商 供應商",
    "category": "categories kategorie warengruppe categorie categoria 类别 類別 品类 品類 分类 分類",
}
# Words that mean the same, by the word that they are read as.
_SAME = {
    "number": "no nr num nbr nummer numero code id identifier ident kennung codigo 编号 編號 编码 編碼 代码 代碼 代号 代號 号码 號碼 号 號",
    "name": "names bezeichnung nom nombre designation libelle 名称 名稱 简称 簡稱 名字 名",
    "quantity": "qty quant menge anzahl quantite cantidad 数量 數量",
    "price": "preis einzelpreis stueckpreis stuckpreis prix precio 价格 價格 单价 單價",
    "amount": "amt betrag summe umsatz sales value wert montant importe valor valeur 金额 金額",
    "date": "datum fecha 日期",
    "address": "addr adresse anschrift direccion 地址",
    "street": "strasse str rue calle",
    "city": "ort stadt ville ciudad poblacion",
    "zip": "plz postleitzahl cp codepostal",
    "telephone": "tel phone telefon telefono telephone fon 电话 電話",
    "email": "mail courriel correo",
    "contact": "ansprechpartner kontakt contacto",
    "description": "desc descr beschreibung descripcion",
    "region": "kreis landkreis bundesland departement provincia",
    "unit": "unitaire unitario einheit unite unidad 单位 單位",
    "discount": "rabatt remise descuento 折扣",
    "total": "gesamt gesamtbetrag 合计 合計 总计 總計",
    "note": "bemerkung notiz commentaire nota 备注 備註",
    "latitude": "breitengrad latitud 纬度 緯度",
    "longitude": "laengengrad langengrad longitud 经度 經度",
    "delivery": "liefer lieferung livraison entrega",
    "brand": "marke marque marca",
    "issue": "issued",
    "pack": "gebinde",
}
_EMPTY = {
    "article": "the of a an our your for to der die das des von de del la le les du el 的",
    "qualifier": "full bill billing main default net netto gross brutto 含税 含稅 基本 规格 規格",  # what a heading may say on top of the field's name
}
_ARTICLES, _QUALIFIERS = (frozenset(words.split()) for words in _EMPTY.values())
_READ_AS = {word: noun for noun, words in NOUNS.items() for word in words.split()}
_READ_AS |= {word: one for one, words in _SAME.items() for word in words.split()}
_ALL_WORDS = sorted({*_READ_AS, *NOUNS, *_SAME, *_ARTICLES, *_QUALIFIERS}, key=len, reverse=True)
_STEMS = [word for word in _ALL_WORDS if word.isascii() and len(word) > 3]
_CHINESE = [word for word in _ALL_WORDS if not word.isascii()]
_SPELLINGS = {"no": "number", "nr": "number", "num": "number", "nbr": "number", "qty": "quantity", "addr": "address", "desc": "description",
              "amt": "amount", "cust": "customer", "prod": "product", "tel": "tel", "acct": "account", "licence": "license"}  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words of a heading in lower case, without accents and punctuation, with the usual abbreviations written out."""
    text = re.sub(r"\b[Nn][°º]", " number ", text)
    text = unicodedata.normalize("NFKC", text).replace("#", " number ").replace("№", " number ").replace("ß", "ss")
    text = _PHRASES.sub("product code", _CAMEL.sub(" ", text))
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return [_SPELLINGS.get(word, word) for word in _WORD.findall(plain)]


def plain_key(text: str) -> str:
    """What two headings have in common that a person would call the same words."""
    return "".join(words_of(text))


def meaning(text: str, *, without_qualifiers: bool = False) -> tuple[str, ...]:
    """The words of a heading in any order, each read as the one that stands for all its synonyms; articles are left out."""
    empty = _ARTICLES | _QUALIFIERS if without_qualifiers else _ARTICLES
    parts = [part for word in words_of(text) for part in _parts(word) if part not in empty]
    return tuple(sorted({_READ_AS.get(part, part) for part in parts}))


def _parts(word: str) -> list[str]:
    """A compound in its parts: kundennummer, 客户编号. A Chinese one may end in what is not known: 商品条码."""
    if word in _READ_AS or word in NOUNS or word in _SAME:
        return [word]
    stems = _STEMS if word.isascii() else _CHINESE
    rest = word
    parts: list[str] = []
    while rest:
        part = next((stem for stem in stems if rest.startswith(stem)), None)
        if part is None and (word.isascii() or not parts):
            return [word]
        part = part or rest
        parts.append(part)
        rest = rest[len(part) :]
    return parts


def variants(text: str) -> list[str]:
    """A heading as it stands, and without what stands in brackets: «Sale (Dollars)», «价格（元）»."""
    bare = _BRACKETS.sub(" ", text).strip()
    return [text] if bare in ("", text) else [text, bare]
