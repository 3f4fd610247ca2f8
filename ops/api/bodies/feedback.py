"""What people say of summaries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, STEPS
from ops.api.bodies.fields import Answer, Document, Moment, Request, Text, example

Rating = Literal["good", "bad"]
Sayable = StringConstraints(strip_whitespace=True, min_length=1)
_CORRECTION = {
    "headline": "Device farm: {F9}, {F5}",
    "explanation": "{F9} raised {F1} within {F8}. Flagged orders come to {F5}.",
    "pattern": "device farm",
    "next_steps": ["block_accounts", "look_up_device"],
}
_TEXT = {
    "headline": "Device farm: 9 accounts, 2,310.50 EUR",
    "explanation": "Nine accounts [F9] raised 14 alerts [F1] within 3 hours [F8]. Flagged orders come to 2,310.50 EUR [F5].",
    "pattern": "device farm",
    "next_steps": ["Block the accounts and hold their open orders.", "Look up all accounts of the shared device."],
    "language": "en",
    "parts": {"headline": [{"text": "Device farm: "}, {"fact": "F9", "text": "9 accounts"}], "explanation": [], "next_steps": []},
}
_FEEDBACK = {
    "id": 12,
    "incident_id": "inc-3f9a2c1b00112233",
    "revision": 4,
    "by": "anna",
    "rating": "bad",
    "why": "it leaves out how long it took",
    "text": _TEXT,
    "is_changed": True,
    "model": "gpt-4.1-mini",
    "prompt": "5d0c7a1e",
    "at": 1767611000000,
    "version": 1,
    "undone_at": None,
    "undone_by": None,
}


class Correction(Request):
    """What a summary should say. A number may be written out, or named by its fact: `{F9}`."""

    model_config = example(**_CORRECTION)

    headline: Annotated[str, Sayable, Field(max_length=3 * HEADLINE_CHARS[1])]
    explanation: Annotated[str, Sayable, Field(max_length=3 * EXPLANATION_CHARS[1])]
    pattern: str | None = Field(default=None, max_length=40, description="Left out: that of the summary")
    next_steps: list[Annotated[str, Field(max_length=64)]] = Field(max_length=STEPS[1], description="Ids of the catalogue of steps")


class NewFeedback(Request):
    """A rating of a summary, with a corrected text or without."""

    model_config = example(rating="bad", why="it leaves out how long it took", correction=_CORRECTION, revision=4, version=0)

    rating: Rating
    why: Text | None = Field(default=None, description="A bad one needs a reason or a correction")
    correction: Correction | None = None
    revision: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Left out: the newest")
    version: int | None = Field(default=None, ge=0, le=2**31 - 1, description="Of your feedback as you saw it, 0 for none; left out: any")


class Feedback(Answer):
    """What somebody says of the summary of a revision."""

    model_config = example(**_FEEDBACK)

    id: int
    incident_id: str
    revision: int
    by: str
    rating: Rating
    why: str | None
    text: Document | None = Field(description="The corrected summary, as an incident document holds one")
    is_changed: bool = Field(description="Whether the correction says anything else than the summary")
    model: str = Field(description="Who wrote the summary: the name of a model, or `template`")
    prompt: str = Field(description="Version of the prompt that the model read; empty without one")
    at: Moment
    version: int
    undone_at: Moment | None
    undone_by: str | None


class FeedbackList(Answer):
    """What people say of an incident's summaries, the newest first; what was taken back, too."""

    model_config = example(items=[_FEEDBACK])

    items: list[Feedback]
