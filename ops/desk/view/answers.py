"""A kept answer as its page shows it: citations lead to rows, rows to what they are of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ops.assistant.answer import BY_CODE, UNKNOWN
from ops.assistant.proposal import LIST, VERDICT

_PATH = re.compile(r"/(?:(?:incidents|entities|alerts)[A-Za-z0-9/?=&%:._-]*)?", re.ASCII)
_APART = ("ref", "open")


@dataclass(frozen=True)
class Line:
    """A sentence with what it cites."""

    text: str
    cites: Sequence[str]


@dataclass(frozen=True)
class Cited:
    """A row of a table: how it is cited, its texts, and where it leads; empty where nowhere."""

    ref: str
    texts: Sequence[str]
    address: str


@dataclass(frozen=True)
class Sheet:
    """A table of an answer."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Cited]
    is_cut: bool


@dataclass(frozen=True)
class FilledForm:
    """A form that a question has filled in: its page, and the route that it is sent to."""

    path: str
    route: str


@dataclass(frozen=True)
class AnswerView:
    """An answer on its page."""

    question: str
    read_as: str
    """The question that was answered, where it is another than was asked."""
    lines: Sequence[Line]
    why: str
    sheets: Sequence[Sheet]
    writer: str
    """The model that chose the rows; empty where code did."""
    form: FilledForm | None = None
    """The form that it has filled in."""


def answer_view(document: Mapping[str, Any]) -> AnswerView:
    """Return an answer for its page."""
    read_as = str(document["read_as"])
    lines = [Line(one["text"], one["cites"]) for one in document["sentences"]]
    why = "" if document["known"] else f"{UNKNOWN} {document['why']}"
    writer = "" if document["writer"] == BY_CODE else str(document["writer"])
    sheets = [_sheet(one) for one in document["results"]]
    shown_as = "" if read_as == document["question"] else read_as
    return AnswerView(document["question"], shown_as, lines, why, sheets, writer, _form(document.get("proposal")))


def _form(proposal: Mapping[str, Any] | None) -> FilledForm | None:
    if proposal is None:
        return None
    if proposal["act"] == VERDICT:
        return FilledForm(f"/cases/{quote(proposal['fields']['case'], safe='')}/verdict", "/cases/{case_id}/verdict")
    return FilledForm("/lists", "/lists") if proposal["act"] == LIST else FilledForm("/rules/draft/new", "/rules/draft/save")


def _sheet(result: Mapping[str, Any]) -> Sheet:
    columns = [name for name in (result["rows"][0] if result["rows"] else ()) if name not in _APART]
    rows = [Cited(row["ref"], [row[name] for name in columns], _address(row.get("open", ""))) for row in result["rows"]]
    return Sheet(result["id"], result["title"], columns, rows, bool(result["more"]))


def _address(path: str) -> str:
    """Return an address within the desk; empty for anything else."""
    return path if _PATH.fullmatch(path) else ""
