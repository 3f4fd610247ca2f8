"""How the LLM endpoint is reached, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from domain.summaries.summary import MOST_IN_A_CALL
from ops.secrets import LLM_API_KEY, secret

MOST_EXAMPLES = 5
"""More of them make an incident's question longer than its answer is worth."""
_ABOVE_ZERO = (
    "timeout_s",
    "answer_tokens",
    "failures_to_open",
    "cool_down_s",
    "patience_s",
    "batch",
    "calls",
    "requests_per_minute",
    "tokens_per_minute",
    "cache_days",
    "example_tokens",
)


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """An OpenAI-compatible endpoint that writes the incidents' summaries, and the bounds of its use.

    Without a key and without `base_url` there is no endpoint, and the template writes. The key belongs into
    the environment: `RINGWATCH_LLM_API_KEY`, or `OPENAI_API_KEY`.
    """

    base_url: str | None = None
    """Address of the endpoint, as in `http://127.0.0.1:8080/v1`; null: OpenAI's, if there is a key."""
    api_key: str | None = field(default=None, repr=False)
    """Leave it out: a secret has no place in the settings. `RINGWATCH_LLM_API_KEY` takes precedence."""
    model: str = "gpt-4.1-mini"
    """Name of the model; with `azure_api_version` that of the deployment."""
    timeout_s: float = 15.0
    """Longest time for one call."""
    azure_api_version: str | None = None
    """Version of Azure's API; `base_url` is then the address of the Azure resource."""
    temperature: float | None = 0.0
    """Temperature of the answers; null: the model's own. It is left out where the endpoint refuses it."""
    reasoning_effort: str | None = None
    """How much a model thinks before it answers, as in `low`; null: as it does by itself."""
    answer_tokens: int = 700
    """Most tokens of one summary; what a model thinks before it answers counts."""
    failures_to_open: int = 3
    """Failed calls in a row after which the endpoint is left alone, and the template writes."""
    cool_down_s: float = 60.0
    """Pause before the endpoint is tried again; it doubles with each failed try, up to ten times as long."""
    patience_s: float = 30.0
    """Longest that a revision waits for its summary, queue and calls together; then the template writes."""
    batch: int = 4
    """Most revisions in one call."""
    batch_wait_s: float = 0.2
    """How long a call waits for more revisions to join."""
    calls: int = 4
    """Most calls at once in one subtask; a batch that is split counts as one."""
    queue: int = 32
    """Most revisions of one subtask that wait for a call; the template writes the others at once."""
    requests_per_minute: int = 60
    """Most calls within a minute, of all subtasks together."""
    tokens_per_minute: int = 400_000
    """Most tokens within a minute, read and written, of all subtasks together."""
    money_per_day: float = 5.0
    """Most money on one UTC day, in the currency of the prices."""
    input_price: float = 0.40
    """Price of a million tokens that the model reads, in any currency; the default is the default model's,
    in US dollars.
    """
    output_price: float = 1.60
    """Price of a million tokens that the model writes."""
    cache_days: float = 1.0
    """How long a summary is used again for the same evidence."""
    examples: int = 0
    """Most summaries corrected by analysts that a question shows for an incident, the nearest first, see
    docs/feedback.md; the worker of the service hands them to the job. 0: none, and none are handed over.
    """
    example_tokens: int = 400
    """Most tokens of the examples for one incident, four characters counted as one."""

    def __post_init__(self) -> None:
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise ValueError(f"llm.{name} is {getattr(self, name)}: set it above 0")
        for name in ("batch_wait_s", "queue", "money_per_day", "input_price", "output_price"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"llm.{name} is {getattr(self, name)}: set it to 0 or more")
        if self.base_url and not _is_http(self.base_url):
            raise ValueError(f"llm.base_url is {self.base_url}: write it with http:// or https://, as in http://127.0.0.1:8080/v1")
        if not self.batch <= MOST_IN_A_CALL:
            raise ValueError(f"llm.batch is {self.batch}: set it to {MOST_IN_A_CALL} or less")
        if not 0 <= self.examples <= MOST_EXAMPLES:
            raise ValueError(f"llm.examples is {self.examples}: set it to 0 to {MOST_EXAMPLES}")
        if self.azure_api_version and not self.base_url:
            raise ValueError("llm.azure_api_version is set: set llm.base_url to the address of the Azure resource, too")

    @property
    def is_configured(self) -> bool:
        """Return whether there is an endpoint to ask."""
        return bool(self.base_url or self.api_key)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def with_api_key(settings: LlmSettings) -> LlmSettings:
    """Return the settings with the key of the environment."""
    key = secret(LLM_API_KEY) or secret("OPENAI_API_KEY")
    return replace(settings, api_key=key.strip()) if key else settings
