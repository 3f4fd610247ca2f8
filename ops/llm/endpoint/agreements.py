"""What is agreed with the endpoint, for all calls of a subtask: one negotiates, the others wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ops.llm.endpoint.agreed import Agreed
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.shared import Seen, SharedTerms
from ops.llm.endpoint.steps import to_try

_POLL_S = 0.1
_PROBE_AGAIN_S = 3600.0
_PROBE_AGAIN_UNPROVEN_S = 60.0
_LOW_ANSWERS = 50  # in a row that stay under half the raised cap, before it is lowered


class Agreements:
    """The agreement of a subtask, the same as the others' where Redis answers."""

    def __init__(self, shared: SharedTerms) -> None:
        self.agreed = Agreed()
        self.calls = 0
        """Requests since a capability was last tried again."""
        self.moved_to = ""
        """Where the endpoint has redirected to, on its own host."""
        self._shared, self._turn = shared, asyncio.Lock()
        self._probed_at, self._low, self._is_trying = -_PROBE_AGAIN_S, 0, False

    async def refresh(self) -> Seen:
        """Take over what the others have agreed, and return what they know."""
        seen = await self._shared.read()
        if seen.agreed and (seen.agreed.proven or not self.agreed.proven):
            self.agreed = seen.agreed
        return seen

    async def adopt(self, agreed: Agreed) -> None:
        """Agree on this, and tell the others."""
        if agreed != self.agreed:
            self.agreed = agreed
            await self._shared.keep(agreed)

    @asynccontextmanager
    async def negotiating(self, until: float, longest_s: float) -> AsyncIterator[None]:
        """Wait until something is proven, or until it is this call's turn to negotiate.

        Raises TimeoutError at `until`, in the event loop's time. `longest_s`: after that a turn is over, even
        if its worker is dead.
        """
        if self.agreed.proven:
            yield
            return
        async with asyncio.timeout_at(until):
            await self._turn.acquire()
        try:
            async with asyncio.timeout_at(until):
                is_mine = await self._others_have_ended(longest_s)
        except BaseException:
            self._turn.release()
            raise
        if not is_mine:  # something is proven now: the others need not wait for this call
            self._turn.release()
            yield
            return
        try:
            yield
        finally:
            self._turn.release()
            await self._shared.has_negotiated()

    def may_probe(self, now: float) -> bool:
        """Return whether an unnamed refusal at `now` is worth a minimal request: once in a while."""
        pause_s = _PROBE_AGAIN_S if self.agreed.proven else _PROBE_AGAIN_UNPROVEN_S
        if now - self._probed_at < pause_s:
            return False
        self._probed_at = now
        return True

    def to_try(self, now: float) -> tuple[Capability, str] | None:
        """Return what the next request may ask for beyond what is agreed; `now` in epoch seconds.

        One call at a time tries something, until `trial_ended`.
        """
        self.calls += 1
        found = to_try(self.agreed, now, self.calls) if self.agreed.proven and not self._is_trying else None
        if found:
            self.calls, self._is_trying = 0, True
        return found

    def trial_ended(self) -> None:
        """Let the next call try something."""
        self._is_trying = False

    def lowered(self, agreed: Agreed, written: int | None, cap: int) -> Agreed:
        """Return this with half the raised cap after many answers that stayed far below it."""
        self._low = self._low + 1 if agreed.cap_factor > 1 and written is not None and written < cap // 2 else 0
        if self._low < _LOW_ANSWERS:
            return agreed
        self._low = 0
        return replace(agreed, cap_factor=agreed.cap_factor // 2)

    async def _others_have_ended(self, longest_s: float) -> bool:
        """Wait for the other subtasks' negotiator; return whether this one negotiates now."""
        while True:
            await self.refresh()
            if self.agreed.proven:
                return False
            if await self._shared.may_negotiate(longest_s):
                return True
            await asyncio.sleep(_POLL_S)
