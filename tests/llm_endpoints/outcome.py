"""Who wrote an endpoint's summaries, and whether what ringwatch booked is what the endpoint counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.llm_endpoints.server import Counted, Script

ENOUGH = 0.9
_ROUNDING = 1e-6  # of a call's cost, rounded up to whole millionths


@dataclass(frozen=True)
class Outcome:
    """The notes of the writers (`WriterNote.to_document()`), and what the endpoint counted meanwhile."""

    script: Script
    notes: Sequence[Mapping[str, Any]]
    counted: Counted
    micros: int
    """Millionths of money that Redis holds as booked."""
    prices: tuple[float, float]
    """Of a million tokens read and written."""
    after_batch: Sequence[int] = ()
    """Requests that had been made when each batch was done, if batches were asked for one by one."""

    @property
    def by_model(self) -> int:
        return sum(note["name"] == "llm" for note in self.notes)

    @property
    def share(self) -> float:
        return self.by_model / len(self.notes) if self.notes else 0.0

    @property
    def reasons(self) -> Counter[str]:
        """Why the template wrote."""
        return Counter(str(note["fallback_reason"]) for note in self.notes if note["name"] != "llm")

    @property
    def calls(self) -> int:
        return int(self._sum("calls"))

    @property
    def differences(self) -> list[str]:
        """Where the books differ from the endpoint's count; none is good."""
        bill, requests = self.counted.bill, self.counted.requests
        cost = bill.cost(*self.prices)
        found = [f"{self.calls} calls booked, {requests} requests counted"] if self.calls != requests else []
        money = (cost[0], cost[1] + _ROUNDING * requests)
        pairs = [
            ("tokens read", self._sum("input_tokens"), bill.read),
            ("tokens written", self._sum("output_tokens"), bill.written),
            ("money in the notes", self._sum("cost"), money),
            ("money in Redis", self.micros / 1e6, money),
        ]
        return found + [line for what, booked, bounds in pairs if (line := _beyond(what, booked, bounds))]

    def _sum(self, name: str) -> float:
        return sum((float(note[name]) for note in self.notes), 0.0)


def _beyond(what: str, booked: float, bounds: tuple[float, float]) -> str:
    least, most = bounds
    if least - 1e-9 <= booked <= most + 1e-9:
        return ""
    counted = f"{least:.9g}" if least == most else f"{least:.9g} to {most:.9g}"
    return f"{what}: {booked:.9g} booked, {counted} counted"
