"""The token counts that an endpoint reports, in any of the shapes in use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_ABSURD = 10**9  # more tokens than any call uses
_READ = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count", "promptTokens", "inputTokens")
_WRITTEN = (
    "completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count", "generated_tokens", "completionTokens", "outputTokens",
)  # fmt: skip
_TOTAL = ("total_tokens", "totalTokenCount", "totalTokens")
_DETAILS = ("completion_tokens_details", "output_tokens_details")


def counts_of(usage: Any) -> tuple[int | None, int | None]:
    """Return (tokens read, tokens written) as a usage object says; None for what it does not say.

    What a model thought counts as written. Where the endpoint counts it apart, the total is more than the
    sum, or the thoughts alone are more than what was written.
    """
    if not isinstance(usage, Mapping):
        return None, None
    read, written, total = (_first(usage, names) for names in (_READ, _WRITTEN, _TOTAL))
    if total is not None and not read and written is not None and total > written:
        read = total - written
    if total is not None and read is not None and total >= read:
        written = max(written or 0, total - read)
    thought = _thought_in(usage)
    if thought and written is not None and thought > written:
        written += thought
    return read, written


def count_of(value: Any) -> int | None:
    """Return a count written as a whole number, also as a float or as digits; None for anything else."""
    if isinstance(value, str) and value.strip().isascii():
        value = int(value) if value.strip().isdigit() and len(value) < 12 else None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) and value == int(value) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _ABSURD else None


def thought_tokens(usage: Any) -> int:
    """Return how many tokens went into thoughts, 0 where the usage does not say."""
    return _thought_in(usage) if isinstance(usage, Mapping) else 0


def _thought_in(usage: Mapping[str, Any]) -> int:
    for holder in (*(usage.get(name) for name in _DETAILS), usage):
        if isinstance(holder, Mapping) and (count := count_of(holder.get("reasoning_tokens"))):
            return count
    return 0


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := count_of(usage.get(name))) is not None), None)
