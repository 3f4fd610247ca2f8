"""An answer: sentences that are true of results, the results, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.assistant.proposal import Proposal
from ops.assistant.result import Result
from ops.assistant.sentences import Sentence

BY_CODE = "code"
"""Who wrote the sentences, where no model did."""
UNKNOWN = "I do not know."


@dataclass(frozen=True)
class Answer:
    """The answer to one question."""

    question: str
    """As it was asked."""
    read_as: str
    """The ready question that was answered, or the question itself; empty where it was not understood."""
    sentences: Sequence[Sentence] = ()
    results: Sequence[Result] = field(default=())
    why: str = ""
    """Why it is not known, where no sentence says anything."""
    writer: str = BY_CODE
    proposal: Proposal | None = None
    """What a person may do with one form; nothing is done."""

    @property
    def is_known(self) -> bool:
        """Whether there is an answer."""
        return bool(self.sentences)

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "question": self.question,
            "read_as": self.read_as,
            "known": self.is_known,
            "sentences": [{"text": one.text, "cites": list(one.cites)} for one in self.sentences],
            "why": self.why,
            "writer": self.writer,
            "results": [one.to_document() for one in self.results],
            "proposal": self.proposal.to_document() if self.proposal else None,
        }


def addresses(results: Sequence[Result]) -> Mapping[str, str]:
    """Return the page of each row that has one, by the row's reference."""
    return {one.reference(at): row.address for one in results for at, row in enumerate(one.rows) if row.address}
