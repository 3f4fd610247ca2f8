"""What is booked for an answer: what the endpoint says it used, else the most that it can have used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.llm.endpoint.completion import Completion
from ops.llm.endpoint.counts import counts_of

_HIDDEN = 2**18
"""Tokens that a claim may name beyond those that show: a gateway's own prompt, thoughts that pass the cap."""


def used_by(completion: Completion, prompt_bytes: int, cap: int, cap_is_kept: bool = True) -> tuple[int, int]:
    """Return (tokens read, tokens written) to book for a completion.

    No tokenizer makes more than one token of a byte. So the bytes of the prompt, and of all that was written,
    bound what the endpoint does not say; also where it says 0 and yet wrote. `cap` bounds what was written,
    if the endpoint keeps to it.
    """
    read, written = counts_of(completion.usage)
    read = read if read is None or read <= prompt_bytes + _HIDDEN else None
    written = written if written is None or written <= max(cap, completion.written_bytes) + _HIDDEN else None
    bound = completion.written_bytes or cap
    bound = min(cap, bound) if cap_is_kept else bound
    if completion.written_bytes:
        return read or prompt_bytes, written or bound
    return prompt_bytes if read is None else read, bound if written is None else written


def written_by(completion: Completion) -> int | None:
    """Return how many tokens the endpoint says were written, None if it does not say."""
    return counts_of(completion.usage)[1]


def used_by_refusal(value: Any, most_read: int, cap: int) -> tuple[int, int]:
    """Return (tokens read, tokens written) that a refusal says were used: none, where it says nothing.

    A request that is refused costs nothing, unless the endpoint itself bills it; then no more than it could.
    """
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, Mapping):
        return 0, 0
    error = value.get("error")
    usage = value.get("usage") or (error.get("usage") if isinstance(error, Mapping) else None)
    read, written = counts_of(usage)
    return min(read or 0, most_read), min(written or 0, cap)
