"""Columns that say whether a shop is open or a customer active, in the words of a register."""

from __future__ import annotations

import re
import unicodedata

from server.services.importing.cells import is_blank, shown
from server.services.importing.headings import words_of
from server.services.importing.messages import message
from server.services.importing.tables import Column, How, Table
from server.services.importing.targets import Targets

BUSINESS, CUSTOMER = "customer.business_status", "customer.customer_status"
KNOWN_SHARE = 0.8

# word -> code of the business status (of what is open or closed), code of the customer status
_OPEN = "open operating 'in business' 'in operation' trading 营业 營業 营业中 營業中 开业 開業 在营 在業 正常营业"
_ACTIVE = "active a current issued valid 'good standing' live approved registered licensed enabled 正常 有效 存续 存續 活跃 在册 核准設立"
_SUSPENDED = "suspended 'temporarily closed' 'on hold' frozen blocked 停业 停業 暂停 暫停 冻结 凍結"
_SLEEPING = "inactive i dormant expired lapsed disabled 休眠 过期 過期 失效"
_CLOSED = "closed 'permanently closed' 'out of business' 'closed permanently' 歇业 歇業 关闭 關閉 已关闭 倒闭"
_LEFT = "cancelled canceled revoked surrendered terminated ceased dissolved withdrawn left deregistered 注销 註銷 撤销 撤銷 吊销 流失 解散"
_GROUPS = (
    (_OPEN, "open", "active"), (_ACTIVE, "open", "active"), (_SUSPENDED, "suspended", "frozen"),
    (_SLEEPING, "closed", "dormant"), (_CLOSED, "closed", "left"), (_LEFT, "closed", "left"),
)  # fmt: skip


def _split(words: str) -> list[str]:
    return [first or second for first, second in re.findall(r"'([^']+)'|(\S+)", words)]


def _bare(text: str) -> str:
    text = re.sub(r"\(.*?\)|（.*?）", " ", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\W_]+", "", text.casefold())


_CODES = {_bare(word): (shop, account) for words, shop, account in _GROUPS for word in _split(words)}
_SHOP_WORDS = {_bare(word) for words in (_OPEN, _CLOSED) for word in _split(words)} | {
    _bare(word) for word in ("temporarily closed", "停业", "停業")
}


def find_statuses(table: Table, targets: Targets) -> None:
    """A column «… Status» whose words are known says whether the shop is open, or else whether the customer is active."""
    for column in sorted(table.columns, key=lambda column: _rank(column.heading)):
        keys = {target.key for target in column.targets}
        may_be = {target.key for target in column.candidates}
        is_free = not column.targets and may_be <= {BUSINESS, CUSTOMER} and _is_status(column.heading)
        if column.how is How.GIVEN or not (is_free or keys & {BUSINESS, CUSTOMER}):
            continue
        cells = [row.cells[column.index] for row in table.rows if column.index < len(row.cells)]
        words = [shown(cell) for cell in cells if not is_blank(cell)]
        known = [word for word in words if _bare(word) in _CODES]
        if not words or not known or (is_free and len(known) < KNOWN_SHARE * len(words)):
            continue
        says_open = BUSINESS in keys or (
            not _is_of_account(column.heading) and any(_bare(w) in _SHOP_WORDS for w in known)
        )
        key = BUSINESS if says_open else CUSTOMER
        taken = table.column_of(key)
        if taken is not None and taken is not column and (is_free or taken.how is not How.NAME):
            continue
        if is_free or key not in keys:
            column.targets, column.how = [targets.by_key[key]], How.CONTENT
        column.words = {_bare(word): _CODES[_bare(word)][0 if says_open else 1] for word in known}
        choices = targets.by_key[key].spec.choices
        different = {word: column.words[_bare(word)] for word in dict.fromkeys(known)}
        told = [
            message("status.word", word=word, label=choices[code])
            for word, code in different.items()
            if _bare(word) != _bare(choices[code].en)
        ]
        if told:
            field = targets.by_key[key].spec.labels
            column.notes.append(message("status.read", column=column.name, field=field, words=told[:10]))


def code_of(column: Column, text: str) -> str:
    """The code that a word of a status stands for; empty if it is not known."""
    return column.words.get(_bare(text), "")


def _is_status(heading: str) -> bool:
    return "status" in words_of(heading) or bool(re.search(r"状态|狀態|现况|現況", heading))


def _rank(heading: str) -> int:
    """What is of the shop or the customer counts before what is of his licence."""
    return int(bool({"license", "permit", "privilege"} & set(words_of(heading))))


def _is_of_account(heading: str) -> bool:
    return bool({"customer", "client", "account", "license", "permit", "privilege"} & set(words_of(heading)))
