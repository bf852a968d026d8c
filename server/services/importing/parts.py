"""Columns that hold a part of a field: street number, suite, second line of an address, the last digits of a postal code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.services.importing.cells import is_blank, shown
from server.services.importing.headings import plain_key, words_of
from server.services.importing.tables import MAIN_PLACE, Column, How, Table
from server.services.importing.targets import LINE, Targets

ADDRESS, MAILING, POSTAL = "customer.address", "customer.mailing_address", "customer.postal_code"
_BEHIND = MAIN_PLACE + 3  # where a house number stands in German: behind the street


@dataclass(frozen=True, slots=True)
class _Part:
    """Args: place: its order in the whole; the main column stands at MAIN_PLACE. glue: what joins it. prefix: what a bare number
    is called. needs_address: whether the heading alone could mean something else."""

    pattern: str
    place: int
    glue: str = ", "
    prefix: str = ""
    needs_address: bool = False
    key: str = ADDRESS


_PARTS = (
    _Part(r"building|bldg|buildingname|propertyname", 5, needs_address=True),
    _Part(r"(street|house|building|bldg|civic|address|addressstreet)number|housenumber|hausnumm?er|hausnumber", 10, " "),
    _Part(r"(street)?number(from|start)|streetnumberprefix|addressnumberstart", 10, " "),
    _Part(r"(street|house|address)numbersuffix|housenumberaddition|streetnumberfraction", 12, " "),
    _Part(r"(street)?(pre|prefix)?(direction|dir|directional)|streetprefix", 20, " ", needs_address=True),
    _Part(r"街道|乡镇|鄉鎮|乡镇街道|街道乡镇|村里|里", 20, "", needs_address=True),
    _Part(r"(actual|licen[cs]e|primary)?(address|street)(line)?1?|(licen[cs]e)?address", MAIN_PLACE),
    _Part(r"streettype|streetsuffix|suffixtype", 34, " "),
    _Part(r"streetsuffixdirection|streetpostdirection|postdir(ection)?|suffixdirection", 35, " "),
    _Part(r"门牌号码?|門牌號碼?|门牌|門牌", 36, ""),
    _Part(r"suite(number|rm|room)?|ste(number)?|suiterm", 40, prefix="Suite"),
    _Part(r"unit(number)?|unittype", 40, prefix="Unit", needs_address=True),
    _Part(r"(apartment|apt)(number)?", 40, prefix="Apt"),
    _Part(r"flat(number)?", 40, prefix="Flat", needs_address=True),
    _Part(r"(room|rm)(number)?", 41, prefix="Room", needs_address=True),
    _Part(r"floor(number)?", 42, prefix="Floor", needs_address=True),
    _Part(r"(additional|secondary|supplementary)(address|street)(streetname|line)?|address(additional|extra|continued|cont|complement|supplement)",
          51),
    _Part(r"(?:address|street|adresse|dirección)(?:line)?2", 52),
    _Part(r"(?:address|street|adresse)(?:line)?3", 53),
    _Part(r"(?:address|street|adresse)(?:line)?4", 54),
    _Part(r"(?:address|street|adresse)(?:line)?5", 55),
    _Part(r"zip(code)?(plus)?4|plus4|zip(code)?(ext|extension|suffix)|post(al)?codesuffix", 40, "-", key=POSTAL),
)  # fmt: skip
_QUALIFIERS = {
    "address",
    "addr",
    "loc",
    "location",
    "physical",
    "site",
    "premises",
    "premise",
    "store",
    "business",
    "license",
    "actual",
    "of",
}
_MAIL = {"mail", "mailing", "postal", "correspondence"}
_OF_MAIL = {ADDRESS: (MAIN_PLACE, ", "), "customer.city": (80, ", "), "customer.region": (85, ", "), POSTAL: (90, " ")}
_NUMBER_LAST = re.compile(r"(stra(ß|ss)e|str\.?|weg|platz|gasse|allee|laan|straat|gatan|vej|gata)$|^(via|calle|rua|viale|piazza|plaza) ", re.I)  # fmt: skip
_GOODS = {"product.product_code", f"{LINE}.quantity", f"{LINE}.amount_minor", "product.unit_price_minor"}


def find_parts(table: Table, targets: Targets) -> None:
    """Say of the columns that no field is known for whether they are a part of one."""
    known = {target.key for column in table.columns for target in [*column.candidates, *column.targets]}
    for column in table.columns:
        if column.how is How.GIVEN or not column.filled:
            continue
        part = _mail_part(column.heading, targets) or _part(column, known)
        if part is None or part.key not in targets.by_key:
            continue
        target = targets.by_key[part.key]
        column.candidates, column.targets, column.how = [target], [target], How.MEANING
        column.place = 0 if (part.place, part.key) == (MAIN_PLACE, ADDRESS) else part.place
        column.glue, column.prefix = part.glue, part.prefix
    _mind_order(table)


def _part(column: Column, known: set[str]) -> _Part | None:
    words = words_of(column.heading)
    keys = ["".join(words)]
    while len(words) > 1 and words[0] in _QUALIFIERS:
        words = words[1:]
        keys.append("".join(words))
    keys += [plain_key(inner) for inner in re.findall(r"\(([^()]+)\)", column.heading)]
    for part in _PARTS:
        if not any(re.fullmatch(part.pattern, key) for key in keys):
            continue
        if part.needs_address and (ADDRESS not in known or known & _GOODS):
            return None
        if column.candidates and not part.needs_address:
            return None  # a field of its own
        if part.place == 5 and _are_numbers(column):
            return _Part("", 10, " ")
        return part
    return None


def _mail_part(heading: str, targets: Targets) -> _Part | None:
    """«Mail City», «Mailing Zip»: a part of where letters go."""
    words = words_of(heading)
    if len(words) < 2 or words[0] not in _MAIL or targets.known_as(heading)[1] == 2:
        return None
    rest = " ".join(words[1:])
    for part in _PARTS:
        if re.fullmatch(part.pattern, rest.replace(" ", "")):
            return _Part("", 92 if part.key == POSTAL else part.place, part.glue, part.prefix, key=MAILING)
    found = [target.key for target in targets.known_as(rest)[0] if target.key in _OF_MAIL]
    if not found:
        return None
    place, glue = _OF_MAIL[found[0]]
    return _Part("", place, glue, key=MAILING)


def _are_numbers(column: Column) -> bool:
    return bool(column.samples) and all(re.match(r"\d", sample) for sample in column.samples)


def _mind_order(table: Table) -> None:
    """«Hauptstraße» has its number behind it."""
    streets = [c for c in table.columns if c.place == 0 and any(t.key == ADDRESS for t in (*c.targets, *c.candidates))]
    if streets and all(_NUMBER_LAST.search(sample) for sample in streets[0].samples[:2]) and streets[0].samples:
        for column in table.columns:
            if column.place == 10:
                column.place = _BEHIND


def drop_contained(table: Table) -> None:
    """A street number that stands in the address already, in every row, is no part that is missing there."""
    for whole in table.columns:
        if whole.place or whole.how is How.GIVEN or not any(target.key == ADDRESS for target in whole.targets):
            continue
        for part in table.columns:
            is_one = part is not whole and part.how is not How.GIVEN and part.targets
            if is_one and [t.key for t in part.targets] == [ADDRESS] and _stands_in(table, part, whole):
                part.targets, part.why, part.other = [], "column.contained", whole.name


def _stands_in(table: Table, part: Column, whole: Column) -> bool:
    words = set(words_of(whole.heading))
    if part.place and "street" in words and "address" not in words:
        return False  # «5» before «5 Avenue» is the number of the house
    pairs = [(called(_text(row.cells, part), part), _text(row.cells, whole)) for row in table.rows]
    filled = [(small, large) for small, large in pairs if small]
    return bool(filled) and all(small != large and holds(large, small) for small, large in filled)


def _text(cells: Sequence[object], column: Column) -> str:
    cell = cells[column.index] if column.index < len(cells) else None
    return "" if is_blank(cell) else re.sub(r"\s+", " ", shown(cell)).strip()  # type: ignore[arg-type]


def holds(whole: str, part: str) -> bool:
    """Whether a text holds another as words of its own."""
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole, re.IGNORECASE))


def joined(before: str, last: Column, value: str, column: Column) -> str:
    """What stands already, with one more part behind it. Nothing is said twice, and nothing is lost."""
    value = called(value, column)
    if column.place > MAIN_PLACE and column.place != _BEHIND and holds(before, value):
        return before
    return f"{before}{last.glue if last.place and last.place < MAIN_PLACE else column.glue}{value}"


def called(value: str, column: Column) -> str:
    """«4» in a column of suites is «Suite 4»; «STE 4» says so itself."""
    if column.glue == "-":  # the four digits behind a postal code, whose zeros a spreadsheet drops
        return value.zfill(4) if value.isdecimal() else value
    is_bare = column.prefix and re.fullmatch(r"#?(\d[\w-]{0,5}|[A-Za-z]\d{0,4})", value)
    return f"{column.prefix} {value.lstrip('#')}" if is_bare else value
