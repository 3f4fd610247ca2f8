"""Files of rules: YAML or JSON, one in a file or several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.errors import SettingError
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.paths import file_error
from ops.rules.texts import records_of

_MOST_BYTES = 200 * MAX_LINE_BYTES


def rule_documents(path: Path) -> list[Mapping[str, Any]]:
    """Return the records of a file: one, an array, YAML documents between ---, or JSON lines.

    Raise `Rejected` for what is no record, `SettingError` for a file that cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingError(file_error(error)) from None
    if len(raw) > _MOST_BYTES:
        raise Rejected("line", f"{len(raw):,} bytes are too long for rules; is it a file of events?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("line", "not UTF-8 text") from None
    return records_of(text, is_json=path.suffix in (".json", ".jsonl"))
