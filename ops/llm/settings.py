"""How the LLM endpoint is reached, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from domain.summaries.summary import MOST_IN_A_CALL
from ops.secrets import LLM_API_KEY, secret

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
)


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """An OpenAI-compatible endpoint and the bounds of its use. Without a key and a base URL there is none,
    and the template writes.

    With `azure_api_version` set, `base_url` is the Azure resource's endpoint and `model` the deployment.
    Prices are in any currency per million tokens, the defaults those of the default model in US dollars;
    `money_per_day` is in the same one.
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
    # longest that a revision waits for its summary, queue and calls together; then the template writes
    patience_s: float = 30.0
    batch: int = 4  # most revisions in one call
    batch_wait_s: float = 0.2  # how long a call waits for more revisions to join
    calls: int = 4  # most calls at once in one subtask; a batch that is split counts as one
    # most revisions of one subtask that wait for a call; the template writes the others at once
    queue: int = 32
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
        if self.base_url and not _is_http(self.base_url):
            raise ValueError(f"llm.base_url is {self.base_url}: write it with http:// or https://, as in http://127.0.0.1:8080/v1")
        if not self.batch <= MOST_IN_A_CALL:
            raise ValueError(f"llm.batch is {self.batch}: set it to {MOST_IN_A_CALL} or less")
        if self.azure_api_version and not self.base_url:
            raise ValueError("llm.azure_api_version is set: set llm.base_url to the address of the Azure resource, too")

    @property
    def is_configured(self) -> bool:
        """Whether there is an endpoint to ask."""
        return bool(self.base_url or self.api_key)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def with_api_key(settings: LlmSettings) -> LlmSettings:
    """The LLM's settings with the key of the environment."""
    key = secret(LLM_API_KEY) or secret("OPENAI_API_KEY")
    return replace(settings, api_key=key) if key else settings
