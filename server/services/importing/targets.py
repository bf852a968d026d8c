"""The fields that an import can fill, derived from the declared record types, and the headings by which they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from server.services.importing.headings import NOUNS, meaning, plain_key, variants
from sync_protocol.fields import FieldClass, FieldSpec, Kind, Labels
from sync_protocol.records import RecordSchema, line_type, record_type

TYPES = ("customer", "product", "order")
LINE = "order_line"
# A product is named in its catalogue and in each order line: one column fills both.
_OF_A_PLACE = frozenset({"address", "location", "loc", "physical", "site", "situs"})
FAMILY = {"customer": "customer", "product": "product", "order": "order", LINE: "product"}


@dataclass(frozen=True, slots=True)
class Target:
    """A declared field as the goal of a column."""

    type: str
    field: str
    spec: FieldSpec
    type_labels: Labels

    @property
    def key(self) -> str:
        """How it is written in options and in JSON: customer.store_name."""
        return f"{self.type}.{self.field}"

    @property
    def is_computed(self) -> bool:
        """Whether the system computes it, so that no import may fill it."""
        return self.spec.klass is FieldClass.SYSTEM

    def label(self, language: str) -> str:
        """The field with its record type, for people."""
        return f"{self.spec.labels[language]} ({self.type_labels[language]})"

    @property
    def labels(self) -> Labels:
        """The same in all languages."""
        return Labels(self.label("en"), self.label("zh_Hans"), self.label("zh_Hant"))


class Targets:
    """All fields that an import knows, found by heading. Made anew for each import: a declaration may have changed."""

    def __init__(self) -> None:
        self.all = list(_declared())
        self.by_key = {target.key: target for target in self.all}

    @cached_property
    def _by_name(self) -> Mapping[str, list[Target]]:
        return _index(self.all, lambda name: [plain_key(variant) for variant in variants(name)])

    @cached_property
    def _by_meaning(self) -> Mapping[str, list[Target]]:
        return _index(self.all, lambda name: [" ".join(meaning(name))])

    def known_as(self, heading: str) -> tuple[list[Target], int]:
        """The fields that a heading names, and how surely: 2 by name, 1 by meaning, 0 not at all."""
        for text in variants(heading):
            if found := self._by_name.get(plain_key(text)):
                return found, 2
        for text in variants(heading):
            if found := self._meant(meaning(text)) or self._meant(meaning(text, without_qualifiers=True)):
                return found, 1
        return self._either(heading)

    def _either(self, heading: str) -> tuple[list[Target], int]:
        """«Billing State/Province»: what both words name."""
        first, slash, second = heading.partition("/")
        if not slash or "/" in second:
            return [], 0
        other = self.known_as(second)[0]
        found = [target for target in self.known_as(first)[0] if target in other]
        return found, int(bool(found))

    def _meant(self, words: tuple[str, ...]) -> list[Target]:
        if words == ("number",):
            return []  # of what?
        if found := self._by_meaning.get(" ".join(words)):
            return found
        for noun in NOUNS.keys() & set(words):  # «Customer phone»: the phone, of the customer
            rest = " ".join(word for word in words if word != noun)
            if found := [target for target in self._by_meaning.get(rest, []) if _belongs(target, noun)]:
                return found
        if set(words) & _OF_A_PLACE and (found := self._of_a_place(words)):
            return found
        if "name" in words and len(words) > 1:  # «DBA name»
            return self._by_meaning.get(" ".join(word for word in words if word != "name"), [])
        return []

    def _of_a_place(self, words: tuple[str, ...]) -> list[Target]:
        """«Loc City», «Address ZIP», «Physical Address»: what says where a shop is."""
        bare = [word for word in words if word not in _OF_A_PLACE | {"customer"}]
        found = self._by_meaning.get(" ".join(bare or (["address"] if "address" in words else [])), [])
        rows = {self.by_key[key].spec.row for key in ("customer.address", "customer.region")}
        return [target for target in found if target.type == "customer" and target.spec.row in rows]

    def nearest(self, heading: str, most: int = 3) -> list[Target]:
        """Fields whose names look like the heading: a suggestion, never more."""
        from rapidfuzz import fuzz, process

        key = plain_key(heading)
        if len(key) < 2:
            return []
        found: dict[str, Target] = {}
        least = 78 if key.isascii() else 60
        for name, _score, _ in process.extract(
            key, self._by_name.keys(), scorer=fuzz.ratio, limit=8, score_cutoff=least
        ):
            for target in self._by_name[name]:
                found.setdefault(target.key, target)
        return list(found.values())[:most]

    def named(self, text: str) -> list[Target]:
        """The fields that a person means by a name he gives: customer.store_name, customer_code, «Store name», 店铺名称."""
        text = text.strip()
        if text in self.by_key:
            return [self.by_key[text]]
        if by_field := [t for t in self.all if t.field == text or f"{t.type}_{t.field}" == text]:
            return by_field
        return self.known_as(text)[0]


def _declared() -> Iterable[Target]:
    for name in TYPES:
        declared = record_type(name)
        for field, spec in declared.specs().items():
            if spec.kind is Kind.LINES:
                yield from _fields_of(LINE, line_type(name, field))
        yield from _fields_of(name, declared)


def _fields_of(name: str, declared: type[RecordSchema]) -> Iterable[Target]:
    for field, spec in declared.specs().items():
        is_own = spec.kind is Kind.REFERENCE and spec.target != "customer"
        if spec.kind is not Kind.LINES and not is_own:
            yield Target(name, field, spec, declared.labels)


def _index(targets: Iterable[Target], keys_of: Callable[[str], Iterable[str]]) -> dict[str, list[Target]]:
    index: dict[str, list[Target]] = {}
    for target in targets:
        labels = target.spec.labels
        names = [labels.en, labels.zh_hans, labels.zh_hant, target.field.replace("_", " "), *target.spec.aliases]
        for key in {key for name in names for key in keys_of(name)} - {""}:
            index.setdefault(key, []).append(target)
    return index


def _belongs(target: Target, noun: str) -> bool:
    return target.type == noun or FAMILY[target.type] == noun or (noun == "order" and target.type == LINE)
