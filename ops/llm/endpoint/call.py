"""One call: requests, each booked before it is sent, until there is an answer or another is of no use."""

from __future__ import annotations

import asyncio
import time

from ops.llm.budget import Booking, LlmBudget, NotInBudgetError
from ops.llm.endpoint import learned
from ops.llm.endpoint.addresses import address_of, redirected
from ops.llm.endpoint.answers import answer_in, failed_generation
from ops.llm.endpoint.call_state import CallState
from ops.llm.endpoint.completion import Completion, NotACompletionError, completion_of
from ops.llm.endpoint.error_body import error_of
from ops.llm.endpoint.outcome import Answer, Failure
from ops.llm.endpoint.refusals import after_error, trial_failed
from ops.llm.endpoint.request import ChatRequest, request_of
from ops.llm.endpoint.transport import NoReplyError, Reply, Transport
from ops.llm.endpoint.usage import used_by, used_by_refusal, written_by

_MOST_REQUESTS = 8
_MOST_THROTTLED = 16  # beside them
_PAUSE_S = 0.3  # before a connection that broke is made once more
_REDIRECTS = 2


class Call:
    """A call of `LlmEndpoint.ask`."""

    def __init__(self, state: CallState, transport: Transport, budget: LlmBudget) -> None:
        self._state, self._transport, self._budget = state, transport, budget

    async def run(self) -> Answer:
        """Return the answer. Raises NoAnswerError."""
        state = self._state
        state.trial = tries = state.agreements.to_try(time.time())
        try:
            return await self._answer()
        finally:
            if tries:
                state.agreements.trial_ended()

    async def _answer(self) -> Answer:
        reason = ""
        while True:
            await self._may_ask(reason)
            request = self._next_request()
            booking = await self._booked(request)
            try:
                reply = await self._transport.send(self._state.url, request.body)
            except NoReplyError as error:
                reason = str(error)
                await self._no_reply(booking, error)
                continue
            answer = await self._read(request, booking, reply)
            if isinstance(answer, Answer):
                return answer
            reason = answer

    async def _may_ask(self, reason: str) -> None:
        """Wait at the gate. Raises NoAnswerError where nobody waits so long, or too much was asked for."""
        state = self._state
        if state.requests - state.throttled >= _MOST_REQUESTS or state.throttled >= _MOST_THROTTLED:
            state.fail(reason, Failure.BROKEN)
        is_first = not state.requests
        if not await state.gate.passed(state.until):
            waits = f"asks to wait {state.gate.closed_s:.0f} s: {state.gate.reason}"[:200]
            state.fail(waits, Failure.THROTTLED, "not made" if is_first else "says nothing", state.gate.closed_s)
        if not is_first and asyncio.get_running_loop().time() >= state.until:
            state.fail(reason, Failure.BROKEN, "failed" if reason else "says nothing")

    def _next_request(self) -> ChatRequest:
        """Return what to ask. Raises NoAnswerError where so many incidents were too many before."""
        state, now = self._state, time.time()
        asked = state.now_asked
        request = request_of(state.settings, asked, asked.limits_at(now), state.messages, state.summaries, state.form)
        if not learned.has_room(state.agreed, request, state.summaries, now):
            state.fail("more incidents than the model has room for", Failure.TOO_LONG, "says nothing" if state.requests else "not made")
        state.url = state.moved_to or state.agreements.moved_to or address_of(state.settings, state.agreed.suffix)
        return request

    async def _booked(self, request: ChatRequest) -> Booking:
        state = self._state
        try:
            booking = await self._budget.book(request.most_read, request.cap)
        except NotInBudgetError as error:
            state.fail(str(error), Failure.BUDGET, "says nothing" if state.requests else "not made")
        state.requests += 1
        return booking

    async def _no_reply(self, booking: Booking, error: NoReplyError) -> None:
        """Book what may have been used, and pause before the one more try, or raise NoAnswerError."""
        state = self._state
        if error.was_sent:
            state.usage += booking.usage
        else:
            state.usage += await self._budget.withdraw(booking)
        if error.bad_key:
            state.fail(str(error), Failure.KEY, "opens")
        if state.trial:
            await trial_failed(state, str(error))
        elif error.timed_out or not state.once("no reply"):
            state.fail(str(error), Failure.BROKEN)
        await asyncio.sleep(_PAUSE_S)

    async def _read(self, request: ChatRequest, booking: Booking, reply: Reply) -> Answer | str:
        """Return the answer, or why the next request is needed. Raises NoAnswerError."""
        state = self._state
        if 300 <= reply.status < 400:
            await self._settle(booking, (0, 0))
            return self._redirected(reply)
        try:
            completion = completion_of(reply.body)
        except NotACompletionError as error:
            return await self._not_a_completion(request, booking, reply, error)
        if reply.status >= 400 and completion.finish != "filter":
            return await self._refused(request, booking, reply)
        state.completion = completion
        state.agreements.moved_to = state.moved_to or state.agreements.moved_to
        await self._settle(booking, self._used(request, completion))
        return await answer_in(state, request, completion)

    def _used(self, request: ChatRequest, completion: Completion) -> tuple[int, int]:
        """Return what to book. Thoughts that are not shown may have taken the whole cap."""
        read, written = used_by(completion, request.most_read, request.cap, self._state.agreed.cap_is_kept)
        thinks = completion.finish == "length" or self._state.agreed.cap_factor > 1
        return read, max(written, request.cap) if thinks and not written_by(completion) else written

    async def _not_a_completion(self, request: ChatRequest, booking: Booking, reply: Reply, error: NotACompletionError) -> Answer | str:
        is_page = error_of(reply.status, reply.headers, reply.body).is_page  # of a console, or of a proxy
        if reply.status >= 300 or error.error is not None or is_page:
            return await self._refused(request, booking, reply)
        self._state.usage += booking.usage  # an answer may have been written
        reason = self._state.quoted(f"HTTP {reply.status}: {error}")
        if not self._state.once("empty"):
            self._state.fail(reason, Failure.BROKEN)
        return reason

    async def _refused(self, request: ChatRequest, booking: Booking, reply: Reply) -> Answer | str:
        """Book what a refusal says, or nothing; a server that failed may have written an answer."""
        error = error_of(reply.status, reply.headers, reply.body)
        if reply.status >= 500 and reply.status not in (501, 503, 529):
            self._state.usage += booking.usage
        else:
            await self._settle(booking, used_by_refusal(error.value, request.most_read, request.cap))
        written = failed_generation(error.value, self._state.form, self._state.summaries)
        if written:
            return Answer(written, self._state.usage)
        await after_error(self._state, request, error)
        return self._state.reason(error)

    def _redirected(self, reply: Reply) -> str:
        """Ask where the same host says. Raises NoAnswerError where it names another."""
        state = self._state
        there = redirected(state.url, reply.headers.get("location", ""))
        reason = f"HTTP {reply.status}"
        if there and any(state.once(f"redirect {n}") for n in range(_REDIRECTS)):
            state.moved_to = there
            return reason
        return state.fail(f"{reason}: the endpoint is elsewhere; set llm.base_url to its address", Failure.MODEL, "opens")

    async def _settle(self, booking: Booking, used: tuple[int, int]) -> None:
        self._state.usage += await self._budget.settle(booking, *used)
