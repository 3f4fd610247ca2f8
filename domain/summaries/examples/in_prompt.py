"""Examples as a prompt holds them: beside the facts of the incident that they now speak of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from domain.summaries.summary import Draft

_SLOT = re.compile(r"\{F(\d{1,4})\}", re.ASCII)


def examples_in_prompt(drafts: Sequence[Draft], first_fact: int) -> dict[str, Any]:
    """Return {"examples": [...]}, nothing without any; `first_fact` is added to the numbers of facts."""
    shown = [
        {
            "headline": _with_ids(draft.headline, first_fact),
            "explanation": _with_ids(draft.explanation, first_fact),
            "pattern": draft.pattern,
            "next_steps": list(draft.next_steps),
        }
        for draft in drafts
    ]
    return {"examples": shown} if shown else {}


def _with_ids(text: str, first: int) -> str:
    return _SLOT.sub(lambda match: f"{{F{first + int(match[1])}}}", text)
