"""A mapping file, read strictly: whatever is wrong in it is one sentence with the file and the key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from domain.events.event import MAX_ATTRIBUTES, MAX_TEXT
from domain.events.identity import ADDRESS_PARTS
from domain.graph import ENTITY_FIELDS, EVENT_TYPES
from gnn.table_import.errors import TableError
from gnn.table_import.keys.csv_keys import CSV_KEYS, CsvKeys
from gnn.table_import.keys.label_keys import LABEL_KEYS, LabelKeys
from gnn.table_import.keys.number_keys import AMOUNT_KEYS, NUMBER_KEYS, NumberKeys
from gnn.table_import.keys.scalars import NoRepeats, spelling
from gnn.table_import.keys.time_keys import DAY_KEYS, TIME_KEYS
from gnn.table_import.mapping import MISSING_WORDS, NumberStyle, TableMapping, TextColumn, TypeColumn
from gnn.table_import.values.columns import whole_number

ENTITY_KEYS = {kind: field for kind, field in ENTITY_FIELDS.items() if kind != "address"}
"""Key of the mapping file to field of the event."""

KEYS = (
    "event_type", "event_id", "event_time", *ENTITY_KEYS, "address", "amount", "currency", "account_created_at", "label",
    "attributes", "numbers", "missing", "on_error", "csv",
)  # fmt: skip
TYPE_KEYS = ("column", "map")
USUAL_SKIP = 0.1
"""Share that bad rows may take where `on_error: skip` names none."""
TEXT_KEYS = ("column", "columns", "gaps", "value")
ATTRIBUTE_KEYS = ("numeric", "categorical")


def known_keys() -> frozenset[str]:
    """Return every key that a mapping file may hold, nested ones with a dot: `label.delay`."""
    texts = [key for key in KEYS if key in ENTITY_KEYS or key in ("event_id", "currency")]
    times = ("event_time", "account_created_at", "label.time_column")
    sections = {
        "event_type": TYPE_KEYS,
        "address": ("column", *ADDRESS_PARTS),
        "amount": AMOUNT_KEYS,
        "label": LABEL_KEYS,
        "attributes": ATTRIBUTE_KEYS,
        "numbers": NUMBER_KEYS,
        "csv": CSV_KEYS,
        "on_error": ("skip",),
        **dict.fromkeys(times, dict.fromkeys((*TIME_KEYS, *DAY_KEYS))),
        **dict.fromkeys(texts, TEXT_KEYS),
    }
    constant = {"event_id.value", "account.value"}  # the same for every row: refused
    return frozenset((*KEYS, *(f"{key}.{name}" for key, names in sections.items() for name in names))) - constant


def load_mapping(path: Path) -> TableMapping:
    """Return the checked mapping of a YAML file. Raises `TableError`."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), NoRepeats)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); give the path of a mapping file") from None
    except UnicodeDecodeError:
        raise TableError(f"{path}: is not UTF-8 text; a mapping is a YAML file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise TableError(f"{path}{line}: is not valid YAML: {getattr(error, 'problem', None) or error}") from None
    return _Reader(path).mapping(document)


class _Reader(LabelKeys, NumberKeys, CsvKeys):
    """A reader with one method for each key of a mapping."""

    def mapping(self, document: Any) -> TableMapping:
        """Return the mapping of a YAML document. Raises `TableError`."""
        top = self.section("", document, KEYS)
        for key in ("event_type", "event_time", "account"):
            if top.get(key) is None:
                self.fail(key, "is missing; name the column that holds it")
        attributes = self.section("attributes", top.get("attributes") or {}, ATTRIBUTE_KEYS)
        entities = {field: self._text(key, top[key]) for key, field in ENTITY_KEYS.items() if top.get(key) is not None}
        numbers = self.numbers("numbers", self.section("numbers", top.get("numbers") or {}, NUMBER_KEYS), NumberStyle())
        numeric = self.numeric(attributes.get("numeric") or [], numbers)
        categorical = self.names("attributes.categorical", attributes.get("categorical") or [])
        missing = self.words("missing", top.get("missing") or [])
        self._check_attributes((*numeric, *categorical))
        return TableMapping(
            path=self.path,
            event_type=self._event_type(top["event_type"]),
            event_id=None if top.get("event_id") is None else self._text("event_id", top["event_id"]),
            event_time=self.time("event_time", top["event_time"]),
            entities=entities,
            address=None if top.get("address") is None else self._address(top["address"]),
            amount=None if top.get("amount") is None else self.amount(top["amount"], numbers),
            currency=None if top.get("currency") is None else self._text("currency", top["currency"]),
            account_created_at=self.optional_time("account_created_at", top.get("account_created_at")),
            label=None if top.get("label") is None else self.label(top["label"]),
            numeric=numeric,
            categorical=categorical,
            missing=(*MISSING_WORDS, *(form for word in missing for form in dict.fromkeys((word, whole_number(word))))),
            skip=self._skip(top.get("on_error", "stop")),
            csv=self.csv(top.get("csv") or {}),
            used=self.used,
        )

    def _text(self, key: str, value: Any, separator: str = "|") -> TextColumn:
        if isinstance(value, dict) and "columns" not in value and "value" in self.section(key, value, TEXT_KEYS):
            constant = self.section(key, value, ("value",))["value"]
            if key in ("event_id", "account"):
                self.fail(key, "cannot be the same for every row; name a column")
            if not isinstance(constant, str | int) or not 1 <= len(str(constant)) <= MAX_TEXT:
                self.fail(f"{key}.value", f"must be a text of 1 to {MAX_TEXT} characters")
            return TextColumn(constant=spelling(constant))
        if isinstance(value, dict) and "columns" in value:
            section = self.section(key, value, ("columns", "gaps"))
            gaps = section.get("gaps", False)
            if not isinstance(gaps, bool):
                self.fail(f"{key}.gaps", f"must be true or false, not {gaps!r}")
            return TextColumn(self._several(f"{key}.columns", section["columns"]), separator, gaps)
        if isinstance(value, list):
            return TextColumn(self._several(key, value), separator)
        return TextColumn((self.column(key, value),), separator)

    def _several(self, key: str, value: Any) -> tuple[str, ...]:
        names = self.names(key, value)
        if not names:
            self.fail(key, "is an empty list; name at least one column")
        return names

    def _address(self, value: Any) -> TextColumn | Mapping[str, str]:
        if isinstance(value, dict) and "column" not in value:
            parts = self.section("address", value, ADDRESS_PARTS)
            if not parts:
                self.fail("address", f"names no part; use {', '.join(ADDRESS_PARTS)}")
            if "line1" not in parts and "postal_code" not in parts:
                self.fail("address", "names neither line1 nor postal_code, without which an address is a whole town; add one of them")
            return {part: self.column(f"address.{part}", parts[part]) for part in ADDRESS_PARTS if part in parts}
        return self._text("address", value, separator=", ")

    def _event_type(self, value: Any) -> TypeColumn:
        if not isinstance(value, dict):
            return TypeColumn(constant=self.one_of("event_type", value, EVENT_TYPES))
        section = self.section("event_type", value, TYPE_KEYS)
        types = section.get("map")
        if types is not None:
            if not isinstance(types, dict) or not types:
                self.fail("event_type.map", "must hold the column's values, each with its event type")
            types = {whole_number(spelling(k)): self.one_of(f"event_type.map.{k}", t, EVENT_TYPES) for k, t in types.items()}
        return TypeColumn(column=self.column("event_type.column", section.get("column")), types=types)

    def _skip(self, value: Any) -> float | None:
        if isinstance(value, dict):
            return self.share("on_error.skip", self.section("on_error", value, ("skip",)).get("skip"))
        return USUAL_SKIP if self.one_of("on_error", value, ("stop", "skip")) == "skip" else None

    def _check_attributes(self, names: tuple[str, ...]) -> None:
        if len(names) > MAX_ATTRIBUTES:
            self.fail("attributes", f"names {len(names)} columns; an event carries at most {MAX_ATTRIBUTES}")
        for name in names:
            if names.count(name) > 1:
                self.fail("attributes", f"names column {name!r} twice; keep one")
            if len(name) > MAX_TEXT or not name.isprintable():
                self.fail("attributes", f"names column {name[:40]!r}, whose name no event can carry; rename it in the table")
