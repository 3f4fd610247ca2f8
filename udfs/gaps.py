"""What operators count and hand on of a source's notice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from domain.events.notice import SourceNotice
from domain.events.rejection import rejection
from domain.json_text import as_json
from domain.times import now_ms

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

_LOG = logging.getLogger(__name__)


class Gaps:
    """Counters of positions that were gone; an operator that reads a source has one."""

    def __init__(self, metrics: MetricGroup) -> None:
        self._gone, self._missing = metrics.counter("positions_gone"), metrics.counter("records_missing")

    def document(self, notice: SourceNotice) -> str:
        """Log and count a notice; return its rejected document."""
        _LOG.warning("%s", notice.reason)
        if "position" in notice.details:
            self._gone.inc()
            self._missing.inc(notice.details.get("missing") or 0)
        return as_json({**rejection(b"", notice, now_ms()), **notice.details})
