"""Rules tried on past events: one at a time, in a process of its own, within a time."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from domain.json_text import as_json
from ops.api.problems import Problem

NICE = 10
"""Scores come first: the trial takes what the machine has left."""
_MOST_SAID = 300
_LISTED = re.compile(r'"(?:not_)?in_list":')


class DryRuns:
    """What tries rules. Used by one event loop."""

    def __init__(self, command: Sequence[str], limit_s: float = 60.0, of_lists: Sequence[str] = ()) -> None:
        """Take the command that writes the figures of a rule, as JSON; its last word is the rule's file.

        `of_lists` is that for a rule that asks for a list; empty: the same.
        """
        self.command, self.of_lists, self.limit_s = tuple(command), tuple(of_lists or command), limit_s
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
            text = as_json(dict(rule))
            file.write(text)
            file.flush()
            command = self.of_lists if _LISTED.search(text) else self.command
            process = await asyncio.create_subprocess_exec(
                *command, file.name, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
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
