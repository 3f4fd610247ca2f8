"""A digest as JSON; docs/digest.md says what each field is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from domain.times import rfc3339
from ops.digest.figures import Digest

SCHEMA = "ringwatch.digest/1"
"""A field may be added under it; one that is removed or changes its meaning makes a new one."""


def document_of(digest: Digest, text: Sequence[str], writer: str) -> dict[str, Any]:
    """Return the digest with its text and who wrote that."""
    figures = asdict(digest)
    changes = [{**change, "at": rfc3339(change["at"])} for change in figures["changes"]]
    head = {"schema": SCHEMA, "text": list(text), "writer": writer}
    return {**head, **figures, "made_at": rfc3339(digest.made_at), "changes": changes}
