"""What answers questions: code where it can, else a model, so many at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from ops.assistant.answer import Answer
from ops.assistant.ask import ask
from ops.assistant.loop import Loop, Model
from ops.assistant.result import Result
from ops.assistant.tools import Toolbox
from ops.cases.errors import Conflict
from ops.cases.store import Store

WITHIN_S = 120.0
"""Longest time for one question, tools and turns together."""
AT_ONCE = 2
"""Questions that models are asked at once: each keeps a thread of the service."""


def _unseen(_: Result) -> None:
    pass


class Asker:
    """What answers questions, from any thread. Without a model only code answers."""

    def __init__(self, model: Callable[[], Model] | None = None, within_s: float = WITHIN_S) -> None:
        self._model, self._within_s, self._free = model, within_s, threading.BoundedSemaphore(AT_ONCE)

    @property
    def has_model(self) -> bool:
        """Whether a model is asked what is no ready question."""
        return self._model is not None

    def ask(self, store: Store, question: str, now: int, window: str | None, seen: Callable[[Result], None] = _unseen) -> Answer:
        """Return the answer; `seen` is called with each result of a model's tools, as soon as it is there.

        Raises `Invalid`, and `Conflict` while models are asked other questions.
        """
        answer = ask(store, question, now, window)
        if self._model is None or answer.is_known or answer.read_as:
            return answer
        if not self._free.acquire(blocking=False):
            raise Conflict("other questions are being answered: ask again in a minute")
        try:
            return asyncio.run(self._asked(self._model(), Toolbox(store, now), question, now, seen))
        finally:
            self._free.release()

    async def _asked(self, model: Model, toolbox: Toolbox, question: str, now: int, seen: Callable[[Result], None]) -> Answer:
        try:
            return await Loop(model, toolbox, question, now, seen).run(self._within_s)
        finally:
            await model.close()
