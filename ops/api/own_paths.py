"""Paths of this service to which a browser may be sent: what a request names may lead elsewhere."""

from __future__ import annotations

import re

_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_LONGEST = 4000


def own_path(text: str) -> str:
    """Return a path of this service, the queue's in place of whatever leads elsewhere."""
    return text if len(text) <= _LONGEST and _OWN_PATH.fullmatch(text) else "/"
