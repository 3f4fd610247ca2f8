"""What an analyst reads about an incident, who may write it, and within which bounds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, Self

from domain.summaries.summary_text import SummaryText

PATTERNS = (
    "account takeover",
    "card testing",
    "device farm",
    "lone account",
    "refund abuse",
    "reshipping address",
    "unclear",
    "wave",
)

HEADLINE_CHARS = (8, 140)
EXPLANATION_CHARS = (40, 1200)
STEP_CHARS = (8, 240)
STEPS = (1, 5)
COST_DIGITS = 9  # of a unit of money: a thousandth of what a token costs
MOST_IN_A_CALL = 9  # the hundreds of a fact id name the incident; and longer answers get worse


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model answers: texts that cite facts as {F3} or [F3], and steps by id or as sentences."""

    headline: str
    explanation: str
    pattern: str
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LlmUsage:
    """What calls have used, as the budget booked it: tokens, money in the currency of the prices, number of
    calls.

    Where the endpoint did not say, these are the upper bounds that were reserved.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    calls: int = 0

    def __add__(self, other: Self) -> "LlmUsage":
        return LlmUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            round(self.cost + other.cost, COST_DIGITS),
            self.calls + other.calls,
        )

    def shares(self, count: int) -> list["LlmUsage"]:
        """Return `count` shares, as even as whole tokens and calls allow, that add up to this."""
        cost = round(self.cost / count, COST_DIGITS)
        costs = [round(self.cost - cost * (count - 1), COST_DIGITS), *[cost] * (count - 1)]
        totals = (self.input_tokens, self.output_tokens, self.calls)
        read, written, calls = ([total // count + (n < total % count) for n in range(count)] for total in totals)
        return [LlmUsage(*share) for share in zip(read, written, costs, calls, strict=True)]


@dataclass(frozen=True, slots=True)
class WriterNote:
    """Who wrote a summary: the model if one did, how often it was asked again, why it was not used, what it
    used.
    """

    name: Literal["template", "llm"]
    model: str | None = None
    retries: int = 0
    replaced: int = 0
    """Sentences of the model that code said instead, because no fact is known to carry their words."""
    fallback_reason: str | None = None
    cached: bool = False
    usage: LlmUsage = LlmUsage()
    circuit: Literal["closed", "open", "half-open"] | None = None
    """The circuit breaker when the summary was done; None without an endpoint."""
    prompt: str | None = None
    """Version of the rules that the model read; None where no model wrote."""

    def to_document(self) -> dict[str, Any]:
        """Return the note as JSON values, the usage's fields among them."""
        named = {name: getattr(self, name) for name in self.__slots__ if name != "usage"}
        return {**named, **asdict(self.usage)}


@dataclass(frozen=True, slots=True)
class Summary:
    """A text that may be published, with its writer."""

    text: SummaryText
    writer: WriterNote

    def to_document(self) -> dict[str, Any]:
        """Return the fields that a summary adds to an incident document."""
        return {**self.text.to_document(), "writer": self.writer.to_document()}


class SummaryWriter(Protocol):
    """A writer of summaries of incident documents (`Incident.to_document()`). It never raises and never
    waits for ever.
    """

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return a summary that the validator accepts."""
        ...

    async def close(self) -> None:
        """Close what the writer holds open."""
        ...
