"""Lines of YAML for people: names as they are where YAML allows it, and comments at one place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z_][\w ]*\w|[A-Za-z_]")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def scalar(text: str) -> str:
    """Return a text as a YAML scalar."""
    return text if _PLAIN.fullmatch(text) and text.isascii() and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def listed(texts: Sequence[str]) -> str:
    """Return texts as a YAML list."""
    return f"[{', '.join(map(scalar, texts))}]"


def with_comment(line: str, comment: str) -> str:
    """Return a line with a comment after it, or above where both are too long."""
    clean = " ".join(comment.split())
    return f"{line}  # {clean}" if len(line) + len(clean) + 4 <= WIDTH else f"# {clean}\n{line}"
