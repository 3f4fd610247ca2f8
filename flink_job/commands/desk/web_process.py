"""The service of the desk, with its worker: `ringwatch serve` as a process that ends with this one."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from flink_job.commands.desk.errors import DeskError
from flink_job.commands.serve_process import child_environment

_ANSWER_S, _PAUSE_S = 1.0, 0.25
_END_S = 25.0  # more than the worker is given


class WebProcess:
    """`ringwatch serve` with these words, as long as the context lasts; it writes to the file `log`."""

    def __init__(self, words: Sequence[str], port: int, log: Path) -> None:
        self._command = [sys.executable, "-m", "flink_job.cli", *words]
        self._port, self._log = port, log
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self.ready_s: float | None = None
        """After how many seconds it could serve; None before."""

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        with self._log.open("wb") as log:
            # a session of its own: Ctrl-C on a terminal reaches this process only, which ends the service
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=child_environment(), start_new_session=True
            )
        threading.Thread(target=self._await_ready, name="service", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def check(self) -> None:
        """Raise `DeskError` if the service has ended."""
        code = self._process.poll() if self._process else 0
        if code is not None:
            last = self._log.read_text(errors="replace").strip().rpartition("\n")[2] or "it said nothing"
            raise DeskError(f"the service ended with code {code}: {last}")

    def _await_ready(self) -> None:
        """Ask until it can serve: who started it may be busy meanwhile."""
        while self._process and self._process.poll() is None and not self._answers():
            time.sleep(_PAUSE_S)
        self.ready_s = time.monotonic() - self._began

    def _answers(self) -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_S)) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False
