"""A circuit breaker: after some failures in a row an endpoint is left alone for a while, then probed once."""

import time
from collections.abc import Callable
from typing import Literal

CircuitReport = Literal["succeeded", "failed", "opens", "says nothing", "not made"]
"""What a call says about the endpoint: it works, failed once, will go on failing, nothing; or none came."""

# cool-downs at most, one after the other: an endpoint that is away for days is found again within minutes
_LONGEST = 10


class CircuitBreaker:
    """Breaker of calls: closed it lets all through, open none, after the cool-down one probe at a time.

    The cool-down doubles with each probe that fails, up to tenfold. Not thread-safe: it belongs to one event
    loop. `clock` gives monotonic seconds.
    """

    def __init__(self, failures_to_open: int, cool_down_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures_to_open, self._cool_down_s, self._clock = failures_to_open, cool_down_s, clock
        self._failures = self._failed_probes = 0
        self._opened_at = 0.0
        self._probing = False

    @property
    def state(self) -> Literal["closed", "open", "half-open"]:
        """Return what a call would find now."""
        if self._failures < self._failures_to_open:
            return "closed"
        pause_s = self._cool_down_s * min(_LONGEST, 2**self._failed_probes)
        return "half-open" if self._clock() - self._opened_at >= pause_s else "open"

    def allows(self) -> bool:
        """Return whether to call now. A call that is allowed must report `succeeded`, `failed` or
        `not_made`.
        """
        state = self.state
        if state == "closed":
            return True
        if state == "open" or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """Note that the endpoint answered."""
        self._failures = self._failed_probes = 0
        self._probing = False

    def failed(self) -> None:
        """Note that the endpoint did not answer, or with an error."""
        self._failed_probes = min(self._failed_probes + self._probing, _LONGEST)
        self._failures, self._probing = self._failures + 1, False
        self._opened_at = self._clock()

    def not_made(self) -> None:
        """Note that the call was not made after all: that says nothing about the endpoint."""
        self._probing = False

    def opened(self) -> None:
        """Note that the endpoint will go on failing (it refuses the key): the cool-down is the longest."""
        self._failures, self._failed_probes, self._probing = max(self._failures, self._failures_to_open), _LONGEST, False
        self._opened_at = self._clock()

    def note(self, report: CircuitReport) -> None:
        """Note how a call went."""
        match report:
            case "succeeded":
                self.succeeded()
            case "failed":
                self.failed()
            case "opens":
                self.opened()
            case "says nothing" | "not made":
                self.not_made()
