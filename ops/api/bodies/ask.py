"""A question in words, and its answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from ops.api.bodies.fields import Answer, Request, example, storable

MOST_CHARS = 1000
"""Of a question."""
_ROW = {"ref": "T1.1", "alerts": "41"}
_RESULT = {
    "id": "T1", "tool": "count", "asked": {"measure": "alerts", "by": [], "where": {}, "window": "2026-03-02..2026-03-02", "most": 100},
    "title": "Flagged events, on 2026-03-02", "rows": [_ROW], "more": False,
}  # fmt: skip
_EXAMPLE = {
    "id": 17, "question": "How many events were flagged on 2026-03-02?",
    "read_as": "How many events were flagged, and how were they decided?", "known": True,
    "sentences": [{"text": "Flagged events, on 2026-03-02: 41.", "cites": ["T1"]}], "why": "", "writer": "code", "results": [_RESULT],
    "proposal": None,
}  # fmt: skip


class Question(Request):
    """A question, and the time that it is about where it names none."""

    model_config = example(question="How many events were flagged?", window="2026-03-02")

    question: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARS), AfterValidator(storable)
    ] = Field(description="In words, or the name of a ready question")  # fmt: skip
    window: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        default=None, description="today, yesterday, 7d, 30d (the default), 90d, a day, a month as 2026-03, or DAY..DAY"
    )


class Sentence(Answer):
    """A sentence by code, and what it is of."""

    model_config = example(text="Flagged events, on 2026-03-02: 41.", cites=["T1"])

    text: str
    cites: list[str] = Field(description="Results as T1, rows as T1.2")


class Answered(Answer):
    """The answer to a question. It is kept for who asked, as those of the desk are."""

    model_config = example(**_EXAMPLE)

    id: int = Field(description="Its page is /ask/17; who asked may open it")
    question: str = Field(description="With pseudonyms in the place of raw identifiers")
    read_as: str = Field(description="The ready question that was answered, else the question; empty where it was not understood")
    known: bool = Field(description="False: no tool says anything that answers it, and `why` says so")
    sentences: list[Sentence]
    why: str
    writer: str = Field(description="code, or the model that has chosen the rows: look whether they fit")
    results: list[dict[str, Any]] = Field(description="Tables: `id`, `tool`, `asked`, `title`, `rows`, and whether there are `more`")
    proposal: dict[str, Any] | None = Field(description="A form of the desk that it fills in: `act`, `words`, `fields`; nothing is done")
