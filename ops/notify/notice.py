"""A notice: an incident as it is when it is sent, in plain words without markup. All of it is data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OPEN, CLAIMED, CLOSED = "open", "claimed", "closed"


@dataclass(frozen=True)
class Happening:
    """One thing that happened since the channel was told last."""

    what: str
    """One of `ops.cases.told.WHATS`."""
    by: str
    at: int


@dataclass(frozen=True)
class Notice:
    """What a channel tells of one incident. Every text is one line."""

    incident: str
    revision: int
    headline: str
    severity: str
    severity_rank: int
    action: str
    """The job's word, such as `block`."""
    to_do: str
    """The same in words, such as `Ask for verification`."""
    kind: str
    pattern: str
    """Empty where none is known."""
    money: Sequence[str]
    """Sums at risk, the largest first, as `1,234.50 EUR`."""
    alerts: int
    accounts: int
    since: int
    until: int
    score: float
    sentences: Sequence[str]
    facts: Sequence[str]
    steps: Sequence[str]
    link: str
    state: str
    """open, claimed or closed: of the case."""
    owner: str
    verdict: str
    happened: Sequence[Happening]
    at: int
    """When it is sent, ms since 1970."""
    late: str = ""
    """How late it is, in words; empty while it is in time."""
    picture: Callable[[], bytes | None] = field(default=lambda: None, compare=False)
    """Draws the ring as PNG."""

    @property
    def is_unclaimed(self) -> bool:
        """Whether it is told because nobody has claimed the incident in time."""
        return self.state == OPEN and any(one.what == "unclaimed" for one in self.happened)

    @property
    def shown(self) -> dict[str, Any]:
        """What the next notice is compared with."""
        return {"severity_rank": self.severity_rank, "state": self.state, "action": self.action, "verdict": self.verdict}


@dataclass(frozen=True)
class Page:
    """A page that was written before, such as the digest of a day: it is of no incident."""

    kind: str
    """A word for programs, such as `digest`."""
    subject: str
    """What it is of, such as a day."""
    title: str
    text: str
    """Short, for channels that show no page; lines of plain text."""
    html: str
    """Whole; its pictures are `cid:` and a name of `pictures`."""
    link: str
    at: int
    pictures: Mapping[str, Callable[[], bytes | None]] = field(default_factory=dict, compare=False)
    """Content id -> what draws a ring as PNG."""

    @property
    def plain(self) -> str:
        """The text with the link."""
        return f"{self.text}\n\n{self.link}"

    @property
    def data(self) -> dict[str, str]:
        """What programs are told."""
        return {"kind": self.kind, "subject": self.subject, "title": self.title, "text": self.text, "link": self.link}


@dataclass(frozen=True)
class Line:
    """One incident of a digest."""

    incident: str
    severity: str
    headline: str
    state: str
    link: str


@dataclass(frozen=True)
class Digest:
    """What a channel tells of many incidents at once."""

    count: int
    severities: Mapping[str, int]
    """How many of each severity, the gravest first."""
    lines: Sequence[Line]
    """The gravest of them."""
    link: str
    at: int
    ranks: Mapping[str, int]
    """Incident -> place of its severity, of all."""
    late: int = 0
    """How many of them are told late."""

    @property
    def more(self) -> int:
        """Return how many have no line."""
        return self.count - len(self.lines)

    @property
    def gravest(self) -> str:
        """The gravest severity among them."""
        return next(iter(self.severities), "low")
