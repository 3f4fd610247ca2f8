"""One call on its way to an answer: what it asks for, what it has tried and used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

from domain.summaries.summary import LlmUsage
from ops.llm.circuit_breaker import CircuitReport
from ops.llm.endpoint.agreed import Agreed
from ops.llm.endpoint.agreements import Agreements
from ops.llm.endpoint.completion import Completion
from ops.llm.endpoint.error_body import ErrorBody
from ops.llm.endpoint.form import SUMMARIES, AnswerForm
from ops.llm.endpoint.gate import Gate
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.outcome import Failure, NoAnswerError
from ops.llm.endpoint.quote import cleaned
from ops.llm.endpoint.request import Messages
from ops.llm.settings import LlmSettings

_REASON_CHARS = 200


@dataclass(slots=True)
class CallState:
    """What the requests of one call share. `until`: when nobody waits any longer, in the event loop's time.

    `agreed` is what the next request asks for; `trial` one rung more; `before_minimal` what was agreed before
    a minimal request; `visited` the ways of asking that were refused; `completion` the last that came;
    `moved_to` is where a redirect leads.
    """

    settings: LlmSettings
    agreements: Agreements
    gate: Gate
    messages: Messages
    summaries: int
    until: float
    agreed: Agreed
    form: AnswerForm = SUMMARIES
    usage: LlmUsage = field(default_factory=LlmUsage)
    requests: int = 0
    throttled: int = 0
    trial: tuple[Capability, str] | None = None
    before_minimal: Agreed | None = None
    without_format: bool = False
    visited: set[object] = field(default_factory=set)
    url: str = ""
    moved_to: str = ""
    completion: Completion | None = None
    _done: set[str] = field(default_factory=set)

    def once(self, what: str) -> bool:
        """Return whether this is the first time in the call."""
        is_first = what not in self._done
        self._done.add(what)
        return is_first

    @property
    def now_asked(self) -> Agreed:
        """Return what the next request asks for, the trial included."""
        agreed = self.agreed.on(*self.trial) if self.trial else self.agreed
        return agreed.on(Capability.FORMAT, "none") if self.without_format else agreed

    async def adopt(self, agreed: Agreed) -> None:
        """Ask like this from now on, and let the other calls do so."""
        self.agreed = agreed
        if not self.before_minimal:
            await self.agreements.adopt(agreed)

    async def learn(self, change: Callable[[Agreed], Agreed]) -> None:
        """Change what is agreed, whatever other calls have changed meanwhile."""
        self.agreed = change(self.agreed)
        if not self.before_minimal:
            await self.agreements.adopt(change(self.agreements.agreed))

    def fail(self, reason: str, failure: Failure, circuit: CircuitReport = "failed", wait_s: float | None = None) -> NoReturn:
        """Raise NoAnswerError. A redirect is forgotten: it may have led to a page of maintenance."""
        if failure in (Failure.BROKEN, Failure.MODEL):
            self.agreements.moved_to = ""
        raise NoAnswerError(reason, self.usage, failure, circuit=circuit, wait_s=wait_s)

    def quoted(self, text: str) -> str:
        """Return what an endpoint said in a form that may be shown: without key, address and prompt."""
        return cleaned(text, self._hidden(), self.texts)

    def reason(self, error: ErrorBody) -> str:
        """Return an error as the reason of a failure."""
        code = f" {error.code}" if error.code else ""
        said = self.quoted("; ".join(error.texts))
        return (self.quoted(f"HTTP {error.status}{code}") + (f": {said}" if said else ""))[:_REASON_CHARS]

    @property
    def texts(self) -> Sequence[str]:
        """Return the texts of the prompt."""
        return [message["content"] for message in self.messages]

    def _hidden(self) -> list[str]:
        host = urlsplit(self.settings.base_url or "").hostname
        return [text for text in (self.settings.api_key, host) if text]
