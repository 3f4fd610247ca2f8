"""What answers questions: code where it can, else a model, so many at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from ops.assistant.answer import Answer
from ops.assistant.ask import ask
from ops.assistant.loop import Loop, Model
from ops.assistant.result import Result
from ops.assistant.shares import Shares
from ops.assistant.sources import STORE_ONLY, Sources
from ops.assistant.tools import WITHIN_S, Toolbox, unseen
from ops.cases.errors import Conflict
from ops.cases.store import Store

AT_ONCE = 2
"""Questions that models are asked at once: each keeps a thread of the service."""


class Asker:
    """What answers questions, from any thread. Without a model only code answers."""

    def __init__(self, model: Callable[[], Model] | None = None, within_s: float = WITHIN_S, sources: Sources = STORE_ONLY) -> None:
        """Take what makes a model, and what is read beside the store."""
        self._shares = Shares()
        self._model, self._within_s, self._sources, self._free = model, within_s, sources, threading.BoundedSemaphore(AT_ONCE)

    @property
    def has_model(self) -> bool:
        """Whether a model is asked what is no ready question."""
        return self._model is not None

    def ask(
        self, store: Store, question: str, now: int, window: str | None, seen: Callable[[Result], None] = unseen, who: str = "",
        may_try: bool = True,
    ) -> Answer:  # fmt: skip
        """Return the answer; `seen` is called with each result of a tool as soon as it is there. `may_try`:
        who asks may try rules.

        Raises `Invalid`, and `Conflict` while models are asked other questions, or where the share of `who`
        is spent.
        """
        sources = self._sources if may_try else replace(self._sources, trials=None)
        answer = ask(Toolbox(store, now, sources, self._within_s, seen), question, now, window)
        if self._model is None or answer.is_known or answer.read_as:
            return answer
        if not self._free.acquire(blocking=False):
            raise Conflict("other questions are being answered: ask again in a minute")
        try:
            with self._shares.taken(who) if who else nullcontext():
                return asyncio.run(self._asked(self._model(), Toolbox(store, now, sources, self._within_s, seen), question, now))
        finally:
            self._free.release()

    async def _asked(self, model: Model, toolbox: Toolbox, question: str, now: int) -> Answer:
        try:
            return await Loop(model, toolbox, question, now).run(self._within_s)
        finally:
            await model.close()
