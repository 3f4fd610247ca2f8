"""What an analyst reads about an incident, who may write it, and within which bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

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

# OpenAI's strict mode wants every property required and refuses unknown keywords; lengths are the validator's.
SUMMARY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["headline", "explanation", "pattern", "next_steps"],
    "properties": {
        "headline": {"type": "string"},
        "explanation": {"type": "string"},
        "pattern": {"type": "string", "enum": list(PATTERNS)},
        "next_steps": {"type": "array", "items": {"type": "string"}},
    },
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a summary, citing facts as [F3]."""

    headline: str
    explanation: str
    pattern: str
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriterNote:
    """Who wrote a summary: the model if it was one, how often it was asked again, why it was not used."""

    name: Literal["template", "llm"]
    model: str | None = None
    retries: int = 0
    fallback_reason: str | None = None


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
            "writer": {name: getattr(self.writer, name) for name in self.writer.__slots__},
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
    """An OpenAI-compatible endpoint. Without a key and a base URL there is none, and the template writes.

    With `azure_api_version` set, `base_url` is the Azure resource's endpoint and `model` the deployment.
    """

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    model: str = "gpt-4.1-mini"
    timeout_s: float = 15.0  # for one call; two calls stay well below the checkpoint timeout
    azure_api_version: str | None = None
    temperature: float | None = 0.0  # None where a model refuses the parameter
    answer_tokens: int = 700
    failures_to_open: int = 5  # consecutive failed calls after which the endpoint is left alone
    cool_down_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("timeout_s", "answer_tokens", "failures_to_open", "cool_down_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"llm.{name} is {getattr(self, name)}: set it above 0")
        if self.azure_api_version and not self.base_url:
            raise ValueError("llm.azure_api_version is set: set llm.base_url to the address of the Azure resource, too")

    @property
    def is_configured(self) -> bool:
        """Whether there is an endpoint to ask."""
        return bool(self.base_url or self.api_key)
