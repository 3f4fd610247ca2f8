"""Rules tried on what the event stream still holds: one at a time, in a process of its own, within a time."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from domain.json_text import as_json
from ops.api.problems import Problem

NICE = 10
"""Scores come first: the trial takes what the machine has left."""
_MOST_SAID = 300


class DryRuns:
    """What tries rules. Used by one event loop."""

    def __init__(self, command: Sequence[str], limit_s: float = 60.0) -> None:
        """Take the command that writes the figures of a rule, as JSON; its last word is the rule's file."""
        self._command, self.limit_s = tuple(command), limit_s
        self._is_busy = False

    async def tried(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the figures of a rule, as `ringwatch rules try --json` writes them.

        Raises `Problem` 409 while another one is tried, 503 if it takes too long or cannot be done.
        """
        if self._is_busy:
            raise Problem(409, "another rule is being tried: one at a time; try again when it is done")
        self._is_busy = True
        try:
            return await self._run(rule)
        finally:
            self._is_busy = False

    async def _run(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(as_json(dict(rule)))
            file.flush()
            process = await asyncio.create_subprocess_exec(
                *self._command, file.name, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
            try:
                out, err = await asyncio.wait_for(process.communicate(), self.limit_s)
            except TimeoutError:
                raise Problem(503, f"the trial took more than {self.limit_s:,.0f} s and was ended: try a narrower rule, or later") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return _figures(out, err)


def _figures(out: bytes, err: bytes) -> dict[str, Any]:
    try:
        found = json.loads(out)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        said = (err.decode("utf-8", "replace").strip().splitlines() or ["it wrote no figures"])[-1]
        raise Problem(503, f"the trial failed: {said[:_MOST_SAID]}")
    return found
