"""What comes of asking an endpoint: an answer, or why there is none and what may help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.summaries.summary import LlmUsage
from ops.llm.circuit_breaker import CircuitReport


class Failure(StrEnum):
    """The kinds of failure. Each asks for something else of who wanted the answer."""

    FILTER = "filter"
    """A content filter refuses the prompt or withholds the answer: one of the incidents may be the cause."""
    TOO_LONG = "too long"
    """The prompt, or prompt and answer together, are more than the model takes in."""
    LENGTH = "length"
    """The answer is cut at its cap, and the cap cannot be raised further."""
    REFUSAL = "refusal"
    """The model declines to answer."""
    REFUSED = "refused"
    """The endpoint refuses the request and names nothing that could be left out: its content, perhaps."""
    THROTTLED = "throttled"
    """Too much was asked for, or the endpoint has too much to do."""
    MONEY = "money"
    """The account has no credit left."""
    KEY = "key"
    """The key is refused."""
    MODEL = "model"
    """There is no such model or no such path."""
    BROKEN = "broken"
    """No connection, no answer in time, or something that is no answer."""
    BUDGET = "budget"
    """One of our own caps would be overspent."""
    CIRCUIT = "circuit"
    """The endpoint is left alone for a while."""


_FEWER_MAY_HELP = (Failure.FILTER, Failure.TOO_LONG, Failure.LENGTH, Failure.REFUSED)


@dataclass(frozen=True, slots=True)
class Answer:
    """The model's text, and what it and the requests refused on the way have used.

    `cut`: the text ends at its cap, but something whole is in it.
    """

    text: str
    usage: LlmUsage
    cut: bool = False


class NoAnswerError(Exception):
    """There is no answer. The text says why, without the key or the address.

    `usage` is what the requests used all the same; `circuit` what they say about the endpoint; `wait_s` how
    long the endpoint asked to wait, where that is longer than anybody waits.
    """

    def __init__(
        self, reason: str, usage: LlmUsage, failure: Failure, *, circuit: CircuitReport = "failed", wait_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.usage, self.failure, self.circuit, self.wait_s = usage, failure, circuit, wait_s

    @property
    def divides(self) -> bool:
        """Return whether asking for fewer incidents at once may help."""
        return self.failure in _FEWER_MAY_HELP
