"""A console for a long command whose reader may go, as in `ringwatch demo | head`."""

from __future__ import annotations

from rich.console import Console


class ReaderGoneError(KeyboardInterrupt):
    """The pipe's reader has gone: raised where Ctrl-C would raise `KeyboardInterrupt`, so that a job ends."""


class PipeConsole(Console):
    """A console that is silent once nobody reads it, and ends the work as Ctrl-C does."""

    def on_broken_pipe(self) -> None:
        """Raise `ReaderGoneError` where rich would end the program at once, with 1."""
        try:
            super().on_broken_pipe()
        except SystemExit:
            raise ReaderGoneError from None
