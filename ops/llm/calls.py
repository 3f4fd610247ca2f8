"""Calls to the endpoint: past the circuit breaker and the gate, the cost shared among those who ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.summaries.summary import LlmUsage
from ops.llm.circuit_breaker import CircuitBreaker, CircuitReport
from ops.llm.endpoint.client import LlmEndpoint
from ops.llm.endpoint.outcome import Answer, Failure, NoAnswerError
from ops.llm.revision import WaitingRevision

_REASON_CHARS = 200


class LlmCalls:
    """Calls of one subtask. Belongs to the event loop it is first used in."""

    def __init__(self, endpoint: LlmEndpoint, breaker: CircuitBreaker) -> None:
        self._endpoint, self._breaker = endpoint, breaker
        self._trouble = ""  # why the circuit is open
        self.failure: Failure | None = None
        """Why the last call had no answer."""

    def closed_reason(self, patience_s: float) -> str:
        """Return why nobody is to wait for a call of these `patience_s`, "" if there is no reason."""
        if self._breaker.state != "closed":
            return self._circuit_open()
        return self._endpoint.closed_reason if self._endpoint.closed_for_s > patience_s else ""

    async def ask(self, messages: Sequence[Mapping[str, str]], revisions: Sequence[WaitingRevision]) -> Answer:
        """Return the answer for some revisions, each of which gets its share of what the call used.

        Raises NoAnswerError.
        """
        if not self._breaker.allows():
            raise NoAnswerError(self._circuit_open(), LlmUsage(), Failure.CIRCUIT, circuit="not made")
        report: CircuitReport = "failed"  # a cancelled call counts as failed, too
        usage = LlmUsage()
        try:
            answer = await self._endpoint.ask(messages, len(revisions), max(revision.until for revision in revisions))
            report, usage, self.failure = "succeeded", answer.usage, None
        except NoAnswerError as error:
            report, usage = error.circuit, error.usage
            self._trouble, self.failure = str(error), error.failure
            raise
        finally:
            self._breaker.note(report)
            for revision, share in zip(revisions, usage.shares(len(revisions)), strict=True):
                revision.usage += share
                revision.answered |= report == "succeeded"
        return answer

    def _circuit_open(self) -> str:
        return f"circuit open: {self._trouble}"[:_REASON_CHARS] if self._trouble else "circuit open"
