"""The common workload, on our record types: one account manager's round, what he does offline, what the office does meanwhile.

One device = 200 customers, 24 visits and 40 orders of four lines at each: 13,000 documents. Made from a seed: the same
every time. The same documents go to our server as records, and to the limit as JSON with an id.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FIRST_MS = 1_700_000_000_000
DAY_MS = 86_400_000
SEED = 7_351

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文建国玉兰志梅"
SHOPS = [("便民超市", "Mini Mart"), ("百货商店", "General Store"), ("粮油店", "Grocery"), ("生活超市", "Supermarket")]
STREETS = [("人民路", "Renmin Rd"), ("解放路", "Jiefang Rd"), ("中山路", "Zhongshan Rd"), ("建设街", "Jianshe St")]
CITIES = [("广东省", "广州市"), ("浙江省", "杭州市"), ("四川省", "成都市"), ("湖北省", "武汉市")]
GOODS = [
    ("纯净水", "Pure Water"),
    ("绿茶", "Green Tea"),
    ("果汁", "Juice"),
    ("酱油", "Soy Sauce"),
    ("方便面", "Noodles"),
]
SIZES = ["250ml", "500ml", "1L", "6-pack", "12-pack", "24-pack"]
REMARKS = [
    "老板要求下周再送样品, asks for samples next week", "货架位置靠近收银台, shelf next to the till",
    "竞品正在做买二送一促销, competitor runs buy-two-get-one", "库存不足需补货, low stock on the 500ml line",
    "付款及时, pays on time, good relation", "需更换冰柜门封, fridge seal must be replaced",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """One record whole, or an edit of one. Args: changed: the fields that an edit sets; None: it is new."""

    id: str
    type: str
    customer: str
    values: dict[str, Any]
    changed: tuple[str, ...] | None = None

    def whole(self) -> bytes:
        """All of it as one JSON object, which is how the limit has it: an edit carries the whole document."""
        value = {"id": self.id, "type": self.type, "customer": self.customer, **self.values}
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def edited(self, **values: Any) -> Document:
        """The same record with other values."""
        return Document(self.id, self.type, self.customer, {**self.values, **values}, tuple(values))


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. The defaults are the common workload's; tests take less."""

    customers: int = 200
    visits: int = 4_800
    orders: int = 8_000
    day: tuple[int, int, int] = (5, 15, 40)
    down: tuple[int, int] = (30, 10)
    push_small: tuple[int, int, int] = (100, 300, 600)
    push_large: tuple[int, int, int] = (200, 3_200, 6_600)


@dataclass(frozen=True, slots=True)
class Workload:
    """All documents of one device. `base`: what head office has first. `down`: what the office writes during the day.
    `warm_up`: one of each kind, sent before anything is timed that is sent."""

    base: list[Document]
    day: list[Document]
    down: list[Document]
    push_small: list[Document]
    push_large: list[Document]
    warm_up: list[Document]


def make(size: Size | None = None) -> Workload:
    """The workload of this size."""
    size = size or Size()
    chance = random.Random(SEED)
    customers = [_customer(chance, n, FIRST_MS + n * 1000) for n in range(size.customers)]
    at = range(max(size.visits, size.orders))
    visits = [_visit(chance, customers[n % len(customers)], _when(n, 15, size)) for n in at[: size.visits]]
    orders = [_order(chance, customers[n % len(customers)], n, _when(n, 9, size) + 1) for n in at[: size.orders]]
    down = [c.edited(customer_status="dormant", visit_cycle_days=14) for c in customers[: size.down[0]]]
    down += [order.edited(note="delivered") for order in orders[-size.down[1] :]]
    return Workload(
        base=[*customers, *visits, *orders],
        day=_offline(chance, customers, size.day, 400),
        down=down,
        push_small=_offline(chance, customers, size.push_small, 403),
        push_large=_offline(chance, customers, size.push_large, 404),
        warm_up=_offline(chance, customers, (1, 1, 1), 405),
    )


def _when(n: int, days: int, size: Size) -> int:
    return FIRST_MS + (n // size.customers) * days * DAY_MS + (n % size.customers) * 60_000


def _offline(
    chance: random.Random, customers: Sequence[Document], counts: tuple[int, int, int], day: int
) -> list[Document]:
    edits, visits, orders = counts
    start = FIRST_MS + day * DAY_MS
    made = [
        c.edited(
            needs=f"{chance.choice(REMARKS)} #{day}",
            second_phone=_phone(chance),
            communication_note=chance.choice(REMARKS),
        )
        for c in customers[:edits]
    ]
    made += [_visit(chance, customers[n % len(customers)], start + n * 30_000) for n in range(visits)]
    made += [
        _order(chance, customers[n % len(customers)], day * 10_000 + n, start + n * 30_000 + 1) for n in range(orders)
    ]
    return made


def _id(chance: random.Random, at_ms: int) -> str:
    number = (at_ms << 80) | (7 << 76) | (chance.getrandbits(12) << 64) | (2 << 62) | chance.getrandbits(62)
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _phone(chance: random.Random) -> str:
    return f"020-{chance.randrange(10**7, 10**8)}"


def _customer(chance: random.Random, n: int, at_ms: int) -> Document:
    owner = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
    (shop, shop_en), (street, street_en) = chance.choice(SHOPS), chance.choice(STREETS)
    (province, city), number = chance.choice(CITIES), chance.randrange(1, 999)
    record = _id(chance, at_ms)
    values = {
        "customer_code": f"R{n:07d}", "store_name": f"{owner[0]}记{shop} {shop_en} No.{number}", "legal_representative": owner,
        "contact_person": owner, "contact_phone": f"1{chance.randrange(3 * 10**9, 10**10)}", "second_phone": _phone(chance),
        "email": f"shop{n}@example.com", "im_account": f"shop_{n}", "customer_status": "active", "settlement_method": "cash",
        "region": province, "city": city, "address": f"{city}{street}{number}号, {number} {street_en}",
        "postal_code": str(chance.randrange(10**5, 10**6)), "latitude": f"{chance.uniform(22, 31):.6f}",
        "longitude": f"{chance.uniform(103, 121):.6f}", "region_code": f"T{n // 10:04d}", "visit_batch": "monday",
        "order_batch": "tuesday", "visit_cycle_days": chance.choice([7, 14]), "order_cycle_days": 7,
        "delivery_road": street, "delivery_line": f"L{n % 6}", "trading_area": f"{city}城关区", "nature": "sole",
        "licence_number": f"91{chance.randrange(10**14, 10**15)}", "registered_capital_minor": chance.randrange(1, 50) * 100_000,
        "floor_area_m2": str(chance.randrange(10, 200)), "business_type": "convenience_store", "market_type": "town",
        "scale": chance.choice(["large", "medium", "small"]), "business_tags": ["康师傅", "Brand X"],
        "needs": chance.choice(REMARKS), "communication_note": chance.choice(REMARKS),
    }  # fmt: skip
    return Document(record, "customer", record, values)


def _visit(chance: random.Random, at: Document, ms: int) -> Document:
    values = {
        "purpose": "planned", "state": "done", "person": at.values["contact_person"], "intention": chance.choice(["low", "high"]),
        "checked_in_at": ms, "checked_out_at": ms + chance.randrange(300_000, 2_400_000), "latitude": at.values["latitude"],
        "longitude": at.values["longitude"], "accuracy_m": chance.randrange(3, 30), "distance_m": chance.randrange(50),
        "prices_checked": chance.random() < 0.5, "tasks_done": ["order", "stock_check"], "situation": chance.choice(REMARKS),
        "next_step": chance.choice(["call", "deliver", "sample"]),
    }  # fmt: skip
    return Document(_id(chance, ms), "visit", at.id, values)


def _order(chance: random.Random, at: Document, n: int, ms: int) -> Document:
    lines = []
    for _ in range(4):
        (name, name_en), size = chance.choice(GOODS), chance.choice(SIZES)
        quantity, price = chance.randrange(1, 40), chance.randrange(200, 9_900)
        lines.append(
            {
                "product_code": f"SKU{chance.randrange(60):04d}", "product_name": f"{name}{size} {name_en} {size}",
                "quantity": str(quantity), "unit": "箱", "unit_price_minor": price, "discount_minor": 0,
                "amount_minor": quantity * price,
            }
        )  # fmt: skip
    values = {
        "order_number": f"SO{n:08d}", "ordered_at": ms, "deliver_on": "2025-06-30", "currency": "CNY", "source": "device",
        "lines": lines, "total_minor": sum(int(str(line["amount_minor"])) for line in lines),
        "note": chance.choice(["", "请上午送货 / deliver before noon"]),
    }  # fmt: skip
    return Document(_id(chance, ms), "order", at.id, {name: value for name, value in values.items() if value != ""})
