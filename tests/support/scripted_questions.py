"""Models that follow a script: what they say in each turn, from the messages so far."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Turn = str | Mapping[str, Any]
Script = Callable[[Sequence[Mapping[str, str]]], Turn]


def call(tool: str, **arguments: Any) -> Turn:
    """A turn that calls a tool."""
    return {"tool": tool, "arguments": arguments}


def rows(*names: str) -> Turn:
    """The turn that ends a question."""
    return call("answer", rows=list(names))


class ScriptedModel:
    """A model that says each turn once, the last one again and again; or what a script makes of them."""

    name = "scripted"

    def __init__(self, *turns: Turn, script: Script | None = None) -> None:
        self._turns, self._script = list(turns), script
        self.closed = 0
        self.heard: list[Sequence[Mapping[str, str]]] = []

    async def say(self, messages: Sequence[Mapping[str, str]]) -> str:
        self.heard.append(list(messages))
        turn = self._script(messages) if self._script else self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        return turn if isinstance(turn, str) else json.dumps(turn)

    async def close(self) -> None:
        self.closed += 1
