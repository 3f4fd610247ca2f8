"""What a model's answers teach about its room: caps, windows, how much it thinks."""

from __future__ import annotations

from dataclasses import replace

from ops.llm.endpoint.agreed import LADDERS, Agreed
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.request import ENOUGH, ChatRequest
from ops.llm.endpoint.verdict import Kind, Verdict

_OVER = 16  # tokens: some count the end of the answer in, some do not
_FEWEST_BYTES = 3  # a token of an English answer has more


def from_refusal(agreed: Agreed, verdict: Verdict, request: ChatRequest, summaries: int, now: float) -> Agreed:
    """Return what is agreed after a cap or a prompt was refused as too much."""
    if verdict.kind == Kind.CAP and verdict.window and verdict.read:
        return agreed.with_limits(now, window=verdict.window, tokens_per_byte=verdict.read / max(1, request.prompt_bytes))
    if verdict.kind == Kind.CAP:
        return agreed.with_limits(now, cap=verdict.limit)
    if verdict.kind == Kind.TOO_LONG and summaries > 1:
        shortest = agreed.limits_at(now).too_long or request.prompt_bytes
        return agreed.with_limits(now, too_long=min(shortest, request.prompt_bytes))
    return agreed


def has_room(agreed: Agreed, request: ChatRequest, summaries: int, now: float) -> bool:
    """Return whether a request for several summaries has a chance, as far as is known."""
    limits = agreed.limits_at(now)
    too_long = limits.too_long is not None and request.prompt_bytes >= limits.too_long
    return summaries == 1 or not (too_long or request.cap < ENOUGH * summaries)


def after_answer(agreed: Agreed, request: ChatRequest, written: int | None) -> Agreed:
    """Return what is agreed after an answer of so many tokens: a cap that was not kept gets another name."""
    agreed = replace(agreed, proven=True)
    if written is None or written <= request.cap + _OVER or agreed.cap in agreed.ignored:
        return agreed
    return with_other_cap(replace(agreed, ignored=(*agreed.ignored, agreed.cap)))


def with_other_cap(agreed: Agreed) -> Agreed:
    """Return this with the cap under its other name, unless that was refused or ignored as well."""
    other = next(name for name in LADDERS[Capability.CAP] if name != agreed.cap)
    taken = Capability.CAP not in agreed.dropped and other not in agreed.ignored
    return agreed.on(Capability.CAP, other) if taken else agreed


def is_far_below(request: ChatRequest, written: int | None, text_bytes: int) -> bool:
    """Return whether an answer was cut far below its cap: the endpoint has a cap of its own in its place."""
    tokens = text_bytes // _FEWEST_BYTES if written is None else written
    return tokens < request.cap // 2
