"""The scalars of a mapping file, read strictly: each complaint is one sentence with the file and the key."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import yaml

from domain.times import length_s
from gnn.table_import.errors import TableError


class NoRepeats(yaml.SafeLoader):
    """A YAML loader that refuses a key given twice, where YAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # a list or mapping as a key: the parent class complains
            if key.value in seen:
                raise yaml.constructor.ConstructorError(problem=f"key {key.value} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class WrittenInt(int):
    """A whole number that knows how the file writes it: 01 is no 1."""

    text: str


class WrittenFloat(float):
    """A number that knows how the file writes it: 4.50 is no 4.5."""

    text: str


def _written_int(loader: NoRepeats, node: yaml.ScalarNode) -> WrittenInt:
    number = WrittenInt(loader.construct_yaml_int(node))
    number.text = str(node.value)
    return number


def _written_float(loader: NoRepeats, node: yaml.ScalarNode) -> WrittenFloat:
    number = WrittenFloat(loader.construct_yaml_float(node))
    number.text = str(node.value)
    return number


_BOOL = "tag:yaml.org,2002:bool"
NoRepeats.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != _BOOL] for first, found in NoRepeats.yaml_implicit_resolvers.items()
}
# as YAML 1.2 has it: yes, no, on and off are words of tables
NoRepeats.add_implicit_resolver(_BOOL, re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
NoRepeats.add_constructor("tag:yaml.org,2002:int", _written_int)
NoRepeats.add_constructor("tag:yaml.org,2002:float", _written_float)


class Scalars:
    """Reader of single values; knows the file for its complaints and notes the columns that are named."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.used: dict[str, str] = {}

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raise `TableError` about a key."""
        raise TableError(f"{self.path}: {key} {problem}")

    def section(self, key: str, value: Any, known: Collection[str]) -> Mapping[str, Any]:
        """Return the keys and values of a section, all of them known."""
        if not isinstance(value, dict):
            self.fail(key or "the file", f"must hold keys with values; known keys are {', '.join(known)}")
        for name in value:
            if name not in known:
                near = get_close_matches(str(name), known, n=1, cutoff=0.5)
                full = f"{key}.{name}" if key else str(name)
                self.fail(full, f"is not a known key; {f'did you mean {near[0]}?' if near else 'use ' + ', '.join(known)}")
        return value

    def column(self, key: str, value: Any) -> str:
        """Return the name of a column and note that it is used."""
        if isinstance(value, dict):
            return self.column(f"{key}.column", self.section(key, value, ("column",)).get("column"))
        if not isinstance(value, str) or not value:
            self.fail(key, f"must be the name of a column (text, in quotes if it is a number), not {value!r}")
        self.used.setdefault(value, key)
        return value

    def names(self, key: str, value: Any) -> tuple[str, ...]:
        """Return the names of a list of columns."""
        if not isinstance(value, list):
            self.fail(key, "must be a list of columns, such as [age, browser]")
        return tuple(self.column(key, name) for name in value)

    def words(self, key: str, value: Any) -> tuple[str, ...]:
        """Return a list of values as a table spells them."""
        if not isinstance(value, list) or not all(isinstance(word, str | int | float | bool) for word in value):
            self.fail(key, "must be a list of values, such as [fraud, chargeback]")
        return tuple(spelling(word) for word in value)

    def one_of(self, key: str, value: Any, known: Collection[str]) -> str:
        """Return one of the known values."""
        if value not in known:
            self.fail(key, f"must be one of {', '.join(known)}, not {value!r}")
        return str(value)

    def share(self, key: str, value: Any) -> float:
        """Return a share, written 5% or 0.05, as a number from 0 to 1."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if isinstance(value, bool) or not 0 <= share <= 1:
            self.fail(key, f"must be a share of the rows such as 5% or 0.05, not {value!r}")
        return share

    def zone(self, key: str, value: Any) -> str | None:
        """Return the name of a time zone, or None."""
        if value is None:
            return None
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, TypeError, OSError):
            self.fail(key, f"must be a time zone such as Europe/Berlin, not {value!r}")

    def delay(self, key: str, value: Any) -> int:
        """Return a length of time in ms."""
        try:
            return round(1000 * length_s(str(value)))
        except ValueError:
            self.fail(key, f"must be a number with a unit (s, m, h, d, w) such as 7d, not {value!r}")

    def character(self, key: str, value: Any, word: str = "") -> str | None:
        """Return a character of CSV's grammar, or None; `word` is what may be given in its place."""
        if value is not None and (not isinstance(value, str) or len(value.encode()) != 1 or value in "\r\n"):
            self.fail(key, f"must be one character such as ';'{word and f', or {word}'}, not {value!r}")
        return value

    def encoding(self, value: Any) -> str:
        """Return Python's name of a text encoding."""
        try:
            return codecs.lookup(value).name
        except (LookupError, TypeError):
            self.fail("csv.encoding", f"must be an encoding such as utf8 or latin-1, not {value!r}")


def spelling(value: str | int | float | bool) -> str:
    """Return a YAML scalar as a table spells it: as it is written, but 1.0 as 1, for tables are read so."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(getattr(value, "text", value))
