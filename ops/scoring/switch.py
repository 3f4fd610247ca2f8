"""Whether automatic blocks are on, by the control records that an instance reads.

The job turns blocks into reviews itself. This is for what the job does not decide: fallbacks, and decisions
that were made before the switch.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from domain.control.records import SWITCH
from domain.control.signature import ControlKeys
from domain.decisions.effects import AUTO_BLOCK
from domain.events.event import Rejected

LOG = logging.getLogger(__name__)


class AutoBlock:
    """The switch `auto_block`: on until a record says otherwise. The highest version counts."""

    def __init__(self, keys: ControlKeys | None = None) -> None:
        """Begin with the switch on; with `keys` only signed control records count."""
        self._keys, self._version, self.is_on = keys, 0, True

    def take_record(self, fields: Mapping[bytes, bytes]) -> None:
        """Take an entry of the control stream; what is no valid record of this switch changes nothing."""
        document = _document(fields)
        if document.get("control") != SWITCH or document.get("name") != AUTO_BLOCK:
            return
        try:
            if self._keys:
                self._keys.check(document)
        except Rejected as why:
            LOG.warning("A record of the switch %s is not signed as job.control_keys asks (%s).", AUTO_BLOCK, why)
            return
        self._put(document.get("version"), document.get("on"))

    def take_applied(self, fields: Mapping[bytes, bytes]) -> None:
        """Take an entry of the job in `control_applied`: what is in force, from wherever it came."""
        document = _document(fields)
        record = document.get("record")
        if document.get("control") == SWITCH and document.get("id") == AUTO_BLOCK and isinstance(record, dict):
            self._put(document.get("version"), record.get("on"))

    def _put(self, version: Any, on: Any) -> None:
        if type(version) is int and isinstance(on, bool) and version > self._version:
            self._version, self.is_on = version, on


def _document(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return the record of an entry: its field `json`, or its only one."""
    text = fields.get(b"json") or (next(iter(fields.values())) if len(fields) == 1 else b"")
    if b"switch" not in text:
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
