"""What a call does after a refusal: ask in another way, wait, or give up. One function per kind of failure.

Each returns where the call shall ask again, and raises NoAnswerError where that is of no use.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ops.llm.circuit_breaker import CircuitReport
from ops.llm.endpoint import learned, steps
from ops.llm.endpoint.addresses import other_suffix
from ops.llm.endpoint.call_state import CallState
from ops.llm.endpoint.error_body import ErrorBody
from ops.llm.endpoint.gate import wait_after
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.outcome import Failure
from ops.llm.endpoint.quote import without_echo
from ops.llm.endpoint.request import ENOUGH, ChatRequest, cap_of
from ops.llm.endpoint.verdict import Kind, Verdict, verdict_on
from ops.llm.endpoint.waits import wait_of

_TYPICAL_CALL_S = 1.0  # of the patience that a wait leaves for the call itself
_PAUSE_S = 0.3  # before a broken call is made once more
_OF_THE_REQUEST = (Kind.NAMED, Kind.UNNAMED, Kind.PARAMETER, Kind.JSON_WORD, Kind.GENERATION, Kind.BROKEN)


async def after_error(state: CallState, request: ChatRequest, error: ErrorBody) -> None:
    """Prepare the next request after an error, or raise NoAnswerError."""
    hint_s = wait_of(error.headers, error.value, error.texts, time.time())
    verdict = verdict_on(error, without_echo(error.text, state.texts), request.asked, hint_s is not None)
    reason = state.reason(error)
    if state.trial and verdict.kind in _OF_THE_REQUEST:
        await trial_failed(state, reason)
    elif verdict.kind == Kind.THROTTLED:
        await _throttled(state, reason, hint_s)
    else:
        await _REACTIONS[verdict.kind](state, request, verdict, error, reason)


async def trial_failed(state: CallState, reason: str) -> None:
    """Go on as agreed: what was tried beyond it did not work."""
    assert state.trial
    capability, rung = state.trial
    state.trial = None
    await state.adopt(steps.tried(state.agreed, capability, rung, works=False, reason=reason, now=time.time()))


async def _throttled(state: CallState, reason: str, hint_s: float | None) -> None:
    """Close the gate; whether anybody waits so long shows where it is passed."""
    state.throttled += 1
    wait_s = wait_after(hint_s, state.throttled)
    left_s = state.until - asyncio.get_running_loop().time() - _TYPICAL_CALL_S
    if wait_s <= left_s or (hint_s is not None and hint_s <= left_s and state.throttled <= 2):
        await state.gate.close(min(wait_s, left_s), reason)
        return
    if hint_s is None:
        state.fail(reason, Failure.THROTTLED)
    await state.gate.close(wait_s, reason)
    state.fail(f"asks to wait {min(hint_s, 1e6):.0f} s: {reason}"[:200], Failure.THROTTLED, "says nothing", hint_s)


async def _named(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    """Step down, or take over what another call has agreed meanwhile."""
    state.visited.add(state.agreed.rungs)
    if not state.before_minimal:
        await state.agreements.refresh()
        others = state.agreements.agreed
        if others.rungs not in state.visited:
            state.agreed = others
            return
    stepped = steps.stepped_down(state.agreed, verdict, state.visited, reason, time.time())
    if stepped:
        await state.adopt(stepped)
    else:
        await _unnamed(state, request, verdict, error, reason)


async def _unnamed(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    """Leave out a switch that is refused, or ask for the least, once; if that is refused as well, the
    parameters are not the trouble.
    """
    state.visited.add(state.agreed.rungs)
    without_switch = steps.without_extra(state.agreed, verdict, state.visited)
    if without_switch:
        await state.adopt(without_switch)
        return
    if state.before_minimal:
        if state.agreed.cap == "max_tokens" and state.once("minimal with the other cap") and error.status < 500:
            state.agreed = steps.minimal(state.agreed, "max_completion_tokens")
            return
        state.fail(reason, _unnamed_failure(error), _report(state))
    least = steps.minimal(state.agreed)
    if least.rungs in state.visited or not state.agreements.may_probe(time.monotonic()):
        state.fail(reason, _unnamed_failure(error), _report(state))
    state.before_minimal, state.agreed = state.agreed, least


def _unnamed_failure(error: ErrorBody) -> Failure:
    return Failure.REFUSED if error.status < 500 else Failure.BROKEN


def _report(state: CallState) -> CircuitReport:
    """Return what an unnamed refusal says: of several incidents one may be the cause, which then shows."""
    return "says nothing" if state.summaries > 1 and state.agreements.agreed.proven else "failed"


async def _broken(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    if state.once("broken"):
        await asyncio.sleep(_PAUSE_S)
    elif error.status in (500, 501) and not state.agreements.agreed.proven:
        await _unnamed(state, request, verdict, error, reason)
    else:
        state.fail(reason, Failure.BROKEN)


async def _too_long(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    now = time.time()
    await state.learn(lambda agreed: learned.from_refusal(agreed, verdict, request, state.summaries, now))
    state.fail(reason, Failure.TOO_LONG, "says nothing")


async def _cap(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    """Ask for less, if that is enough for a summary."""
    now = time.time()
    await state.learn(lambda agreed: learned.from_refusal(agreed, verdict, request, state.summaries, now))
    cap = cap_of(state.settings, state.agreed, state.agreed.limits_at(now), request.prompt_bytes, state.summaries)
    if ENOUGH * state.summaries <= cap < request.cap:
        return
    has_no_credit = error.status == 402 and state.summaries == 1
    state.fail(reason, Failure.MONEY if has_no_credit else Failure.TOO_LONG, "opens" if has_no_credit else "says nothing")


async def _generation(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    """Ask once more without a format, this time only: the endpoint could, its model did not."""
    if not state.once("generation"):
        state.fail(reason, Failure.REFUSED, "says nothing")
    state.without_format = True


async def longer(state: CallState, request: ChatRequest, thinks: bool, reason: str) -> None:
    """Raise the cap once, then ask the model to think less; `thinks`: thoughts took most of the cap."""
    factor = max(state.agreements.agreed.cap_factor, state.agreed.raised(4 if thinks else 2).cap_factor)
    raised = replace(state.agreed, cap_factor=factor)
    cap = cap_of(state.settings, raised, raised.limits_at(time.time()), request.prompt_bytes, state.summaries)
    if cap > request.cap and state.once("raised"):
        await state.learn(lambda agreed: replace(agreed, cap_factor=max(factor, agreed.cap_factor)))
    elif thinks and state.once("effort") and Capability.EFFORT not in state.agreed.dropped and state.agreed.effort == "as set":
        await state.learn(lambda agreed: agreed.on(Capability.EFFORT, "low"))
    else:
        state.fail(reason, Failure.LENGTH, "succeeded")


async def _length(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    await longer(state, request, thinks=True, reason=reason)


async def _missing(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    """Try the address with the version that it lacks, once."""
    suffix, state.moved_to, state.agreements.moved_to = other_suffix(state.settings), "", ""
    if suffix and not state.agreed.suffix and "model" not in verdict.text and state.once("suffix"):
        state.agreed = replace(state.agreed, suffix=suffix)
        return
    if suffix and state.agreed.suffix and not state.agreements.agreed.proven:
        await state.adopt(replace(state.agreed, suffix=""))
    state.fail(reason, Failure.MODEL, "opens")


async def _filter(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    state.fail(reason, Failure.FILTER, "says nothing")


async def _key(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    state.fail(reason, Failure.KEY, "opens")


async def _money(state: CallState, request: ChatRequest, verdict: Verdict, error: ErrorBody, reason: str) -> None:
    state.fail(reason, Failure.MONEY, "opens")


_Reaction = Callable[[CallState, ChatRequest, Verdict, ErrorBody, str], Awaitable[None]]
_REACTIONS: Mapping[Kind, _Reaction] = MappingProxyType({
    Kind.KEY: _key,
    Kind.MONEY: _money,
    Kind.FILTER: _filter,
    Kind.TOO_LONG: _too_long,
    Kind.LENGTH: _length,
    Kind.CAP: _cap,
    Kind.JSON_WORD: _named,
    Kind.PARAMETER: _named,
    Kind.NAMED: _named,
    Kind.GENERATION: _generation,
    Kind.MISSING: _missing,
    Kind.UNNAMED: _unnamed,
    Kind.BROKEN: _broken,
})  # fmt: skip
