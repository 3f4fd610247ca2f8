"""Control records: what a running job is asked by a JSON object per line, such as a model to score with."""

from __future__ import annotations

import json

from domain.events.event import Rejected
from domain.events.json_object import distinct_keys

MAX_LINE_BYTES = 4096
MAX_PATH = 512  # characters; the path travels with every event


def model_path(line: bytes) -> str:
    """Return the path of the model that a control record names; raise `Rejected` for anything else."""
    if len(line) > MAX_LINE_BYTES:
        raise Rejected("line", f"{len(line):,} bytes are too long; a control record has at most {MAX_LINE_BYTES:,}")
    try:
        document = json.loads(line.decode("utf-8-sig"), object_pairs_hook=distinct_keys)
    except (ValueError, RecursionError):
        raise Rejected("line", 'not a JSON object such as {"control": "model", "path": "models/new"}') from None
    if not isinstance(document, dict) or document.get("control") != "model":
        raise Rejected("control", 'unknown control record; write {"control": "model", "path": "models/new"}')
    further = sorted(document.keys() - {"control", "path"})
    if further:
        raise Rejected("control", f"unknown field {further[0][:40]!a}; a control record has control and path")
    path = document.get("path")
    if not isinstance(path, str) or not 1 <= len(path) <= MAX_PATH or not path.isprintable():
        raise Rejected("path", f"the folder of a model artifact is wanted, 1 to {MAX_PATH} printable characters")
    return path
