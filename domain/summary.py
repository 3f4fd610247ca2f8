"""What an analyst reads about an incident, who may write it, and within which bounds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, Self

PATTERNS = (
    "account takeover",
    "card testing",
    "device farm",
    "refund abuse",
    "reshipping address",
    "unclear",
)

HEADLINE_CHARS = (8, 140)
EXPLANATION_CHARS = (40, 1200)
STEP_CHARS = (8, 240)
STEPS = (1, 5)
COST_DIGITS = 9  # of a unit of money: a thousandth of what a token costs
MOST_IN_A_CALL = 9  # fact ids of a call's incidents are told apart by their hundreds; longer answers get worse, too


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a summary, citing facts as [F3]."""

    headline: str
    explanation: str
    pattern: str
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls have used, as the budget has booked it: tokens, money in the currency of the prices, and how many they were.

    Where the endpoint did not say, these are the upper bounds that were reserved.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    calls: int = 0

    def __add__(self, other: Self) -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            round(self.cost + other.cost, COST_DIGITS),
            self.calls + other.calls,
        )

    def shares(self, count: int) -> list["Usage"]:
        """Return `count` shares, as even as whole tokens and calls allow, that add up to this."""
        cost = round(self.cost / count, COST_DIGITS)
        costs = [round(self.cost - cost * (count - 1), COST_DIGITS), *[cost] * (count - 1)]
        totals = (self.input_tokens, self.output_tokens, self.calls)
        told, written, calls = ([total // count + (n < total % count) for n in range(count)] for total in totals)
        return [Usage(*share) for share in zip(told, written, costs, calls, strict=True)]


@dataclass(frozen=True, slots=True)
class WriterNote:
    """Who wrote a summary: the model if it was one, how often it was asked again, why it was not used, what it used."""

    name: Literal["template", "llm"]
    model: str | None = None
    retries: int = 0
    fallback_reason: str | None = None
    cached: bool = False
    usage: Usage = Usage()
    circuit: Literal["closed", "open", "half-open"] | None = None
    """The circuit breaker when the summary was done; None without an endpoint."""

    def to_document(self) -> dict[str, Any]:
        """Return the note as JSON values, the usage's fields among them."""
        named = {name: getattr(self, name) for name in self.__slots__ if name != "usage"}
        return {**named, **asdict(self.usage)}


@dataclass(frozen=True, slots=True)
class Summary:
    """A draft that may be published, with its writer."""

    draft: Draft
    writer: WriterNote

    def to_document(self) -> dict[str, Any]:
        """Return the fields that a summary adds to an incident document."""
        return {
            "headline": self.draft.headline,
            "explanation": self.draft.explanation,
            "pattern": self.draft.pattern,
            "next_steps": list(self.draft.next_steps),
            "writer": self.writer.to_document(),
        }


class SummaryWriter(Protocol):
    """Writes the summary of an incident document (`Incident.to_document()`). Never raises, never waits without end."""

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return a summary that the validator accepts."""
        ...

    async def close(self) -> None:
        """Close what the writer holds open."""
        ...


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """An OpenAI-compatible endpoint and the bounds of its use. Without a key and a base URL there is none, and the template writes.

    With `azure_api_version` set, `base_url` is the Azure resource's endpoint and `model` the deployment. Prices are in any
    currency per million tokens, the defaults those of the default model in US dollars; `money_per_day` is in the same one.
    """

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    model: str = "gpt-4.1-mini"
    timeout_s: float = 15.0  # for one call
    azure_api_version: str | None = None
    temperature: float | None = 0.0  # None where a model refuses the parameter
    answer_tokens: int = 700  # most tokens of one summary; reasoning counts, too
    failures_to_open: int = 3  # consecutive failed calls after which the endpoint is left alone
    cool_down_s: float = 60.0  # before the first probe; doubles up to tenfold while probes fail
    patience_s: float = 30.0  # longest that a revision waits for its summary, queue and calls together; then the template writes
    batch: int = 4  # most revisions in one call
    batch_wait_s: float = 0.2  # how long a call waits for more revisions to join
    calls: int = 4  # most calls at once in one subtask; a batch that is split counts as one
    queue: int = 32  # most revisions of one subtask that wait for a call; the template writes the others at once
    requests_per_minute: int = 60
    tokens_per_minute: int = 400_000  # input and output
    money_per_day: float = 5.0  # by UTC days
    input_price: float = 0.40
    output_price: float = 1.60
    cache_days: float = 1.0  # how long a summary is reused for the same evidence

    def __post_init__(self) -> None:
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise ValueError(f"llm.{name} is {getattr(self, name)}: set it above 0")
        for name in ("batch_wait_s", "queue", "money_per_day", "input_price", "output_price"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"llm.{name} is {getattr(self, name)}: set it to 0 or more")
        if not self.batch <= MOST_IN_A_CALL:
            raise ValueError(f"llm.batch is {self.batch}: set it to {MOST_IN_A_CALL} or less")
        if self.azure_api_version and not self.base_url:
            raise ValueError("llm.azure_api_version is set: set llm.base_url to the address of the Azure resource, too")

    @property
    def is_configured(self) -> bool:
        """Whether there is an endpoint to ask."""
        return bool(self.base_url or self.api_key)


_ABOVE_ZERO = (
    "timeout_s", "answer_tokens", "failures_to_open", "cool_down_s", "patience_s", "batch", "calls", "requests_per_minute",
    "tokens_per_minute", "cache_days",
)  # fmt: skip
