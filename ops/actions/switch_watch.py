"""The switch auto_block as the worker sees it: a thread reads the control stream as it grows."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from redis.exceptions import RedisError

from ops.redis.connection import RedisReadError, connect

LOG = logging.getLogger(__name__)
FRESH_S = 1.5
"""An answer of Redis that is older says nothing: no block is sent then."""
_BLOCK_S, _REPLY_S, _PAUSE_S = 0.5, 1.0, 0.2
_COUNT = 500
_START = "0-0"

TakeEntry = Callable[[Mapping[bytes, bytes]], None]
"""Called with the fields of an entry; it must not raise."""


class SwitchWatch:
    """A reader of the streams that can switch, from `start` until `stop`."""

    def __init__(self, url: str, prefix: str, streams: Mapping[str, TakeEntry]) -> None:
        """Note what takes the entries of each key. Raises RedisReadError if `url` is no address."""
        self._client = connect(url, prefix, _BLOCK_S + _REPLY_S)
        self._streams, self._places = dict(streams), dict.fromkeys(streams, _START)
        self._read_at: float | None = None
        """Since when all that was there has been read; monotonic, None while it is not known."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="auto_block", daemon=True)

    @property
    def is_fresh(self) -> bool:
        """Whether it is known how the switch was a moment ago."""
        return not self._streams or (self._read_at is not None and time.monotonic() - self._read_at < FRESH_S)

    def start(self) -> None:
        """Start to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_BLOCK_S + _REPLY_S)
        self._client.close()

    def _run(self) -> None:
        is_away = False
        while self._streams and not self._stopped.is_set():
            began = time.monotonic()
            try:
                more = self._read()
            except (RedisError, RedisReadError) as error:
                if not is_away:
                    LOG.warning("Blocks wait: it is not known whether auto_block is on (%s).", error)
                is_away = True
                self._client.connection_pool.disconnect()
                self._stopped.wait(_PAUSE_S)
            else:
                is_away, self._read_at = False, None if more else began

    def _read(self) -> bool:
        """Take what is new; return whether there may be more."""
        first = self._read_at is None
        block_ms = None if first else round(_BLOCK_S * 1000)
        reply: Any = self._client.xread(dict(self._places), _COUNT, block_ms)  # type: ignore[arg-type]
        for key, entries in reply or ():
            for entry_id, fields in entries:
                self._streams[key]({name.encode(): value.encode("utf-8", "replace") for name, value in fields.items()})
                self._places[key] = entry_id
        return any(len(entries) >= _COUNT for _, entries in reply or ())
