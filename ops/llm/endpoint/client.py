"""Questions to an OpenAI-compatible endpoint, each within the budget and the patience of who asks."""

from __future__ import annotations

import asyncio

import redis.asyncio

from domain.summaries.summary import LlmUsage
from ops.llm.budget import LlmBudget
from ops.llm.endpoint.agreed import Agreed, terms
from ops.llm.endpoint.agreements import Agreements
from ops.llm.endpoint.call import Call
from ops.llm.endpoint.call_state import CallState
from ops.llm.endpoint.completion import Completion
from ops.llm.endpoint.form import SUMMARIES, AnswerForm
from ops.llm.endpoint.gate import Gate
from ops.llm.endpoint.outcome import Answer, Failure, NoAnswerError
from ops.llm.endpoint.request import Messages
from ops.llm.endpoint.shared import SharedTerms
from ops.llm.endpoint.transport import Transport
from ops.llm.settings import LlmSettings


class LlmEndpoint:
    """An endpoint and its model: asked for as much as it takes, and for no more than was agreed with it."""

    def __init__(
        self, settings: LlmSettings, budget: LlmBudget, client: redis.asyncio.Redis, prefix: str, form: AnswerForm = SUMMARIES
    ) -> None:
        self._form = form
        self._settings, self._budget, self._transport = settings, budget, Transport(settings)
        shared = SharedTerms(client, prefix, settings)
        self._agreements, self._gate = Agreements(shared), Gate(shared)
        self.last: Completion | None = None
        """The completion of the last call that had one."""

    @property
    def agreed(self) -> Agreed:
        """Return what the endpoint lets itself be asked, as far as is known."""
        return self._agreements.agreed

    @property
    def closed_for_s(self) -> float:
        """Return for how long the endpoint asked to be left alone from now on, 0 if it did not."""
        return self._gate.closed_s

    @property
    def closed_reason(self) -> str:
        """Return why the endpoint is left alone."""
        return f"asks to wait {self._gate.closed_s:.0f} s: {self._gate.reason}"[:200]

    def terms(self) -> list[str]:
        """Return what is asked for and what is not, in words."""
        return terms(self.agreed, self._settings.answer_tokens * self.agreed.cap_factor, self._settings.temperature)

    async def ask(self, messages: Messages, summaries: int, until: float | None = None) -> Answer:
        """Return the answer to chat messages that ask for so many summaries; raises NoAnswerError.

        No request begins after `until`, in the event loop's time; None: after `patience_s`. One that has
        begun takes at most `timeout_s`.
        """
        if until is None:
            until = asyncio.get_running_loop().time() + self._settings.patience_s
        self._gate.note(await self._agreements.refresh())
        try:
            async with self._agreements.negotiating(until, self._settings.patience_s + self._settings.timeout_s):
                return await self._call(messages, summaries, until)
        except TimeoutError:
            raise NoAnswerError("another call was still negotiating", LlmUsage(), Failure.BROKEN, circuit="not made") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _call(self, messages: Messages, summaries: int, until: float) -> Answer:
        state = CallState(self._settings, self._agreements, self._gate, messages, summaries, until, self._agreements.agreed, self._form)
        try:
            return await Call(state, self._transport, self._budget).run()
        finally:
            self.last = state.completion or self.last
