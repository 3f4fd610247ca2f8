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
from gnn.table_import.mapping import MISSING_WORDS, LabelColumn, NumberStyle, TableMapping, TextColumn, TimeColumn, TypeColumn
from gnn.table_import.numbers import DECIMALS, THOUSANDS
from gnn.table_import.scalars import NoRepeats, Scalars, spelling

ENTITY_KEYS = {kind: field for kind, field in ENTITY_FIELDS.items() if kind != "address"}
"""Key of the mapping file to field of the event."""

KEYS = (
    "event_type", "event_id", "event_time", *ENTITY_KEYS, "address", "amount", "currency", "account_created_at", "label",
    "attributes", "numbers", "missing", "on_error", "csv",
)  # fmt: skip
TYPE_KEYS = ("column", "map")
TIME_KEYS = ("column", "format", "unit", "time_zone")
DAY_KEYS = ("day_column", "hour_column", "origin", "time_zone")
"""Of a time that counts days from an origin."""
TEXT_KEYS = ("column", "value")
LABEL_KEYS = ("column", "time_column", "delay", "positive", "source", "only_known")
ATTRIBUTE_KEYS = ("numeric", "categorical")
NUMBER_KEYS = ("decimal", "thousands")
CSV_KEYS = ("delimiter", "encoding")
UNITS = ("s", "ms", "us", "ns")


def known_keys() -> frozenset[str]:
    """Return every key that a mapping file may hold, nested ones with a dot: `label.delay`."""
    texts = [key for key in KEYS if key in ENTITY_KEYS or key in ("event_id", "currency")]
    times = ("event_time", "account_created_at", "label.time_column")
    sections = {
        "event_type": TYPE_KEYS,
        "address": ("column", *ADDRESS_PARTS),
        "amount": ("column",),
        "label": LABEL_KEYS,
        "attributes": ATTRIBUTE_KEYS,
        "numbers": NUMBER_KEYS,
        "csv": CSV_KEYS,
        **dict.fromkeys(times, (*TIME_KEYS, *DAY_KEYS)),
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


class _Reader(Scalars):
    """A reader with one method for each key of a mapping."""

    def mapping(self, document: Any) -> TableMapping:
        """Return the mapping of a YAML document. Raises `TableError`."""
        top = self.section("", document, KEYS)
        for key in ("event_type", "event_time", "account"):
            if top.get(key) is None:
                self.fail(key, "is missing; name the column that holds it")
        attributes = self.section("attributes", top.get("attributes") or {}, ATTRIBUTE_KEYS)
        csv = self.section("csv", top.get("csv") or {}, CSV_KEYS)
        entities = {field: self._text(key, top[key]) for key, field in ENTITY_KEYS.items() if top.get(key) is not None}
        numeric = self.names("attributes.numeric", attributes.get("numeric") or [])
        categorical = self.names("attributes.categorical", attributes.get("categorical") or [])
        self._check_attributes((*numeric, *categorical))
        on_error = self.one_of("on_error", top.get("on_error", "stop"), ("stop", "skip"))
        return TableMapping(
            path=self.path,
            event_type=self._event_type(top["event_type"]),
            event_id=None if top.get("event_id") is None else self._text("event_id", top["event_id"]),
            event_time=self._time("event_time", top["event_time"]),
            entities=entities,
            address=None if top.get("address") is None else self._address(top["address"]),
            amount=None if top.get("amount") is None else self.column("amount", top["amount"]),
            currency=None if top.get("currency") is None else self._text("currency", top["currency"]),
            account_created_at=self._optional_time("account_created_at", top.get("account_created_at")),
            label=None if top.get("label") is None else self._label(top["label"]),
            numeric=numeric,
            categorical=categorical,
            numbers=self._numbers(top.get("numbers") or {}),
            missing=(*MISSING_WORDS, *self.words("missing", top.get("missing") or [])),
            skip_bad_rows=on_error == "skip",
            delimiter=self.delimiter(csv.get("delimiter")),
            encoding=self.encoding(csv.get("encoding", "utf8")),
            used=self.used,
        )

    def _text(self, key: str, value: Any, separator: str = "|") -> TextColumn:
        if isinstance(value, dict) and "value" in self.section(key, value, TEXT_KEYS):
            constant = self.section(key, value, ("value",))["value"]
            if key in ("event_id", "account"):
                self.fail(key, "cannot be the same for every row; name a column")
            if not isinstance(constant, str | int) or not 1 <= len(str(constant)) <= MAX_TEXT:
                self.fail(f"{key}.value", f"must be a text of 1 to {MAX_TEXT} characters")
            return TextColumn(constant=spelling(constant))
        if isinstance(value, list):
            if not value:
                self.fail(key, "is an empty list; name at least one column")
            return TextColumn(self.names(key, value), separator)
        return TextColumn((self.column(key, value),), separator)

    def _address(self, value: Any) -> TextColumn | Mapping[str, str]:
        if isinstance(value, dict) and "column" not in value:
            parts = self.section("address", value, ADDRESS_PARTS)
            if not parts:
                self.fail("address", f"names no part; use {', '.join(ADDRESS_PARTS)}")
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
            types = {spelling(k): self.one_of(f"event_type.map.{k}", t, EVENT_TYPES) for k, t in types.items()}
        return TypeColumn(column=self.column("event_type.column", section.get("column")), types=types)

    def _optional_time(self, key: str, value: Any) -> TimeColumn | None:
        return None if value is None else self._time(key, value)

    def _time(self, key: str, value: Any) -> TimeColumn:
        if not isinstance(value, dict):
            return TimeColumn(self.column(key, value))
        if "day_column" in value:
            section = self.section(key, value, DAY_KEYS)
            hour = section.get("hour_column")
            return TimeColumn(
                column=self.column(f"{key}.day_column", section["day_column"]),
                hour_column=None if hour is None else self.column(f"{key}.hour_column", hour),
                origin_ms=self.origin(f"{key}.origin", section.get("origin")),
                time_zone=self.zone(f"{key}.time_zone", section.get("time_zone")),
            )
        section = self.section(key, value, TIME_KEYS)
        unit, layout = section.get("unit"), section.get("format")
        if unit is not None and layout is not None:
            self.fail(f"{key}.unit", "is for numbers and format for text; keep one of them")
        if layout is not None and (not isinstance(layout, str) or "%" not in layout):
            self.fail(f"{key}.format", f"must be a strptime format such as '%d/%m/%Y %H:%M', not {layout!r}")
        return TimeColumn(
            column=self.column(f"{key}.column", section.get("column")),
            format=layout,
            unit=None if unit is None else self.one_of(f"{key}.unit", unit, UNITS),
            time_zone=self.zone(f"{key}.time_zone", section.get("time_zone")),
        )

    def _label(self, value: Any) -> LabelColumn:
        section = self.section("label", value, LABEL_KEYS)
        column, time = section.get("column"), self._optional_time("label.time_column", section.get("time_column"))
        if column is None and time is None:
            self.fail("label", "needs column (fraud or not) or time_column (when fraud was reported)")
        delay = section.get("delay")
        if delay is None and (column is None or time is None):
            self.fail("label.delay", "is missing; say how long after the event a label is known, such as 7d")
        source, only_known = section.get("source", "import"), section.get("only_known", False)
        if not isinstance(source, str) or not 1 <= len(source) <= MAX_TEXT:
            self.fail("label.source", f"must be a text such as chargeback, not {source!r}")
        if not isinstance(only_known, bool):
            self.fail("label.only_known", f"must be true or false, not {only_known!r}")
        return LabelColumn(
            column=None if column is None else self.column("label.column", column),
            time=time,
            delay_ms=None if delay is None else self.delay("label.delay", delay),
            positive=tuple(word.lower() for word in self.words("label.positive", section.get("positive") or [])),
            source=source,
            only_known=only_known,
        )

    def _numbers(self, value: Any) -> NumberStyle:
        section = self.section("numbers", value, NUMBER_KEYS)
        decimal = self.one_of("numbers.decimal", section.get("decimal", "."), DECIMALS)
        thousands = section.get("thousands")
        if thousands is not None:
            self.one_of("numbers.thousands", thousands, THOUSANDS)
            if thousands == decimal:
                self.fail("numbers.thousands", f"must differ from numbers.decimal, which is {decimal!r} too")
        return NumberStyle(decimal, thousands)

    def _check_attributes(self, names: tuple[str, ...]) -> None:
        if len(names) > MAX_ATTRIBUTES:
            self.fail("attributes", f"names {len(names)} columns; an event carries at most {MAX_ATTRIBUTES}")
        for name in names:
            if names.count(name) > 1:
                self.fail("attributes", f"names column {name!r} twice; keep one")
            if len(name) > MAX_TEXT or not name.isprintable():
                self.fail("attributes", f"names column {name[:40]!r}, whose name no event can carry; rename it in the table")
