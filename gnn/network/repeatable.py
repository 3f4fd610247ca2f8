"""The same bytes from the same training: a fixed number of threads, and torch's deterministic algorithms."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from threadpoolctl import threadpool_limits


@contextmanager
def repeatable(threads: int) -> Iterator[None]:
    """Compute with so many threads in BLAS, OpenMP and torch, whatever the machine has; restore what was.

    A sum that is split among threads rounds in another place for each number of them. So everything that
    ends up in an artifact, or in bytes that a test expects, is computed in here: weights, moments,
    validation margins, the card. Only libraries that are imported by now are held: enter again after an
    import.
    """
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(limits=threads))
        if (torch := sys.modules.get("torch")) is not None:
            stack.enter_context(_torch(torch, threads))
        yield


@contextmanager
def _torch(torch: Any, threads: int) -> Iterator[None]:
    before, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(deterministic)
        torch.set_num_threads(before)
