"""What a tool returns: a small table whose rows can be cited and opened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from domain.times import rfc3339

Kind = Literal["text", "id", "entity", "count", "money", "score", "moment", "day"]
Value = str | int | float | None
MOST_ROWS = 20
"""Rows of a list; a result is read by people and by small models."""
_TEXT_CHARS = 120
_PLAIN = re.compile(r"[A-Za-z0-9_.,:+-]+|[a-z]+(?: [a-z]+){1,2}", re.ASCII)
_QUOTES = re.compile('[\u201c\u201d"]')


@dataclass(frozen=True)
class Column:
    """A column: its name, and what its values are."""

    name: str
    kind: Kind

    @property
    def is_number(self) -> bool:
        """Whether it is set flush right."""
        return self.kind in ("count", "money", "score")

    def text(self, value: Value) -> str:
        """Return a value as it is shown: what is said of it is written in the same way."""
        if value is None:
            return "none"
        match self.kind:
            case "count":
                return f"{value:,}"
            case "money":
                return f"{value:,.2f}"
            case "score":
                return f"{value:.3f}"
            case "moment":
                return rfc3339(int(value))
            case "day":
                return datetime.fromtimestamp(int(value) / 1000, UTC).date().isoformat()
        text = str(value)
        return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"


@dataclass(frozen=True)
class Row:
    """A row, and the page that shows what it is of; no address where none does."""

    values: tuple[Value, ...]
    address: str = ""


@dataclass(frozen=True)
class Result:
    """What a tool returned for one question."""

    tool: str
    asked: Mapping[str, Any]
    """The arguments, as they were understood."""
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    is_cut: bool = False
    """Whether there are more rows than these."""
    name: str = field(default="", compare=False)
    """How it is cited, as T1; its rows are T1.1, T1.2, ..."""

    def texts(self, row: Row) -> list[str]:
        """Return the values of a row as they are shown."""
        return [column.text(value) for column, value in zip(self.columns, row.values, strict=True)]

    def cells(self, row: Row) -> list[tuple[Column, str]]:
        """Return the values of a row with their columns."""
        return list(zip(self.columns, self.texts(row), strict=True))

    def column(self, name: str) -> list[Any]:
        """Return the values of a column."""
        at = next(at for at, column in enumerate(self.columns) if column.name == name)
        return [row.values[at] for row in self.rows]

    def reference(self, row: int) -> str:
        """Return how a row is cited, counted from 0."""
        return f"{self.name}.{row + 1}"

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON: what is kept, and what a model reads."""
        names = [column.name for column in self.columns]
        rows = [
            {"ref": self.reference(at), **dict(zip(names, self.texts(row), strict=True)), **({"open": row.address} if row.address else {})}
            for at, row in enumerate(self.rows)
        ]
        return {"id": self.name, "tool": self.tool, "asked": dict(self.asked), "title": self.title, "rows": rows, "more": self.is_cut}


def quoted(text: str) -> str:
    """Return a text of the data in quotes, unless it is one plain word or number: it is nobody's claim."""
    return text if _PLAIN.fullmatch(text) else f"\u201c{_QUOTES.sub('', text)}\u201d"
