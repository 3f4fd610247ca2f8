"""What a call does with a completion: take its text, ask once more, raise the cap, or give up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ops.llm.endpoint import learned, steps
from ops.llm.endpoint.agreed import Agreed
from ops.llm.endpoint.call_state import CallState
from ops.llm.endpoint.completion import Completion
from ops.llm.endpoint.form import AnswerForm
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.outcome import Answer, Failure
from ops.llm.endpoint.refusals import longer
from ops.llm.endpoint.request import ChatRequest
from ops.llm.endpoint.usage import written_by

_OWN_CAP_TOKENS = 256  # servers that do not know a cap's name put 16 or 100 in its place


async def answer_in(state: CallState, request: ChatRequest, completion: Completion) -> Answer | str:
    """Return the answer in a completion, or why the next request is needed. Raises NoAnswerError."""
    await _agree(state, request, completion)
    match completion.finish:
        case "filter":
            return _once_more(state, "filter", "content_filter: the answer was filtered", Failure.FILTER)
        case "refusal":
            state.fail(f"the model declines: {state.quoted(completion.refusal or completion.text)}"[:200], Failure.REFUSAL, "succeeded")
        case "length":
            return await _cut(state, request, completion)
        case "error":
            return _once_more(state, "empty", "the model's answer failed", Failure.BROKEN)
    if not completion.text.strip():
        return _once_more(state, "empty", "the answer is empty", Failure.BROKEN)
    if _is_cut_by_another_cap(state, request, completion) and await _takes_other_cap(state):
        return "the answer is cut far below its cap"
    return Answer(completion.text, state.usage)


def failed_generation(value: Any, form: AnswerForm, summaries: int) -> str:
    """Return what the model wrote all the same, if it is a whole answer that only its endpoint refused."""
    value = value[0] if isinstance(value, list) and value else value
    error = value.get("error", value) if isinstance(value, Mapping) else None
    text = error.get("failed_generation") if isinstance(error, Mapping) else None
    return text if isinstance(text, str) and form.is_whole(text, summaries) else ""


def _once_more(state: CallState, what: str, reason: str, failure: Failure) -> str:
    """Return the reason to ask once more; several incidents of which one is filtered are asked for apart."""
    if failure == Failure.FILTER and state.summaries > 1:
        state.fail(reason, failure, "says nothing")
    if not state.once(what):
        state.fail(reason, failure, "says nothing" if failure == Failure.FILTER else "failed")
    return reason


async def _cut(state: CallState, request: ChatRequest, completion: Completion) -> Answer | str:
    """Use what is whole, else ask with another cap: its other name if it was not kept, else a higher one."""
    if state.form.is_whole(completion.text, state.summaries):
        return Answer(completion.text, state.usage, cut=True)
    written = written_by(completion)
    reason = f"the answer is cut at {written or request.cap} tokens"
    if learned.is_far_below(request, written, completion.text_bytes + completion.thought_bytes) and await _takes_other_cap(state):
        return reason
    thinks = not completion.text.strip() or completion.thought_bytes > completion.text_bytes // 2
    await longer(state, request, thinks, reason)
    return reason


def _is_cut_by_another_cap(state: CallState, request: ChatRequest, completion: Completion) -> bool:
    """Return whether an answer that ended by itself breaks off within its JSON, long before its cap."""
    text, written = completion.text.strip(), written_by(completion)
    is_short = (completion.text_bytes // 3 if written is None else written) <= _OWN_CAP_TOKENS
    begins = text.removeprefix("```json").lstrip("` \n").startswith("{")
    is_below = learned.is_far_below(request, written, completion.text_bytes)
    return begins and is_short and is_below and not text.endswith(("}", "```")) and not state.form.is_whole(text, state.summaries)


async def _takes_other_cap(state: CallState) -> bool:
    """Agree on the cap's other name, if it was neither refused nor ignored."""
    other = learned.with_other_cap(state.agreed)
    if other == state.agreed or not state.once("other cap"):
        return False
    await state.learn(lambda agreed: agreed.on(Capability.CAP, other.cap))
    return True


async def _agree(state: CallState, request: ChatRequest, completion: Completion) -> None:
    """Agree on how was asked: it was answered."""
    if not completion.has_choice:
        return
    agreed = _agreed_by_success(state)
    if agreed.cap == state.agreed.cap:
        agreed = learned.after_answer(agreed, request, written_by(completion))
    await state.adopt(state.agreements.lowered(agreed, written_by(completion), request.cap))


def _agreed_by_success(state: CallState) -> Agreed:
    """Return what is agreed after an answer to a trial, to a minimal request, or to one as agreed.

    What other calls have agreed meanwhile stays as it is.
    """
    now = state.agreements.agreed
    if state.before_minimal:
        before, state.before_minimal = state.before_minimal, None
        return steps.owing(state.agreed, before)
    trial, state.trial = state.trial, None
    if not now.proven:
        return state.agreed
    return steps.tried(now, *trial, works=True, reason="", now=time.time()) if trial and now.rungs == state.agreed.rungs else now
