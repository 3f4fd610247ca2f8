"""A question while it is answered: what is looked at is told at once, a line each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from typing import Any

from fastapi import Request

from domain.json_text import as_json
from ops.assistant.result import Result
from ops.desk.page_route import problem_of

Work = Callable[[Callable[[Result], None]], tuple[int, Mapping[str, Any]]]
"""Answers a question, and calls what it is given with each result that is seen."""


def steps_of(work: Work, request: Request) -> Iterator[str]:
    """Yield a line for each result, and one for the end. The work goes on to its end if nobody reads them."""
    said: SimpleQueue[Mapping[str, Any]] = SimpleQueue()
    threading.Thread(target=_run, args=(work, request, said.put), name="question", daemon=True).start()
    is_over = False
    while not is_over:
        line = said.get()
        is_over = "step" not in line
        yield f"{as_json(line)}\n"


def _run(work: Work, request: Request, say: Callable[[Mapping[str, Any]], None]) -> None:
    try:
        number, _ = work(lambda result: say({"step": f"{result.name}: {result.title}"}))
    except Exception as error:
        say({"error": problem_of(error, request).detail})
    else:
        say({"answer": f"/ask/{number}"})
