"""What ends a desk by itself."""

from __future__ import annotations


class DeskError(RuntimeError):
    """Error of a part of the desk that has ended; the message says which, and why."""


class PartEndedError(KeyboardInterrupt):
    """A part of the desk has ended: raised where Ctrl-C would raise `KeyboardInterrupt`, so that the job ends
    with it. `error` says which.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
