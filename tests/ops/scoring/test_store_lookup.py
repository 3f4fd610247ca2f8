"""Questions to a store that answers late, never, or with an error."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any

from ops.scoring.store_lookup import _MOST, StoreLookup


def test_a_store_that_hangs_holds_nobody_up_and_heaps_nothing_up() -> None:
    gate, asked = threading.Event(), list[str]()

    def find(account: str, event_id: str) -> Mapping[str, Any] | None:
        asked.append(event_id)
        gate.wait(10)
        return {"event_id": event_id}

    async def run() -> None:
        lookup = StoreLookup(find)
        began = time.monotonic()
        assert await asyncio.gather(*(lookup.find(("a", str(number)), 0.2) for number in range(3 * _MOST))) == [None] * 3 * _MOST
        assert time.monotonic() - began < 5
        gate.set()
        while lookup._open:
            await asyncio.sleep(0.01)
        assert len(asked) == _MOST
        assert await lookup.find(("a", "x"), 1) == {"event_id": "x"}
        lookup.close()

    asyncio.run(run())
