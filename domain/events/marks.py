"""Records as they reach the parser: a character per byte, and before them what their source is, if it is not
a plain one: the mark of sources that may carry labels, then that of a format.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.events.envelopes import CLOUDEVENTS, CONFLUENT_JSON, DEBEZIUM, IGNORING, JSON
from domain.events.notice import bytes_of

MARKS = {DEBEZIUM: "\u2460", CLOUDEVENTS: "\u2461", CONFLUENT_JSON: "\u2462", JSON: "\u2463"}
"""Format -> what the records of a source begin with that names it; the Java class `Marked` writes it."""
_IGNORED = "\u2464"
"""Begins the names of fields to leave out, up to the mark of the format."""
LABELS = "\u2465"
"""Comes first where a source may carry labels and others may not; the parser is given it with the format."""
_FORMS = {mark: form for form, mark in MARKS.items()}


def mark_of(form: str, ignored: Sequence[str], carries_labels: bool = False) -> str:
    """Return what is to be put before each record of a source, nothing for plain JSON.

    `carries_labels`: it is one of those that `job.labels` names.
    """
    first = LABELS if carries_labels else ""
    if ignored:
        return f"{first}{_IGNORED}{','.join(ignored)}{MARKS[form]}"
    return first if form == JSON else f"{first}{MARKS[form]}"


def record_of(value: str | None) -> tuple[bytes, str]:
    """Return the bytes of a record, none for no value, and its format for the parser, "" for plain JSON.

    The format begins with `LABELS` where the mark does. Raises `SourceNotice` for what is no record.
    """
    try:
        return (value or "").encode("latin-1"), ""
    except UnicodeEncodeError:  # no record holds such a character, whatever its bytes are
        text = str(value)
    if text[0] != LABELS:
        return _with_format(text)
    line, form = record_of(text[1:])
    return line, f"{LABELS}{form}"


def _with_format(text: str) -> tuple[bytes, str]:
    if text[0] == _IGNORED:
        end = next(at for at, char in enumerate(text) if char in _FORMS)
        return bytes_of(text[end + 1 :]), f"{_FORMS[text[end]]}{IGNORING}{text[1:end]}"
    form = _FORMS.get(text[0], "")
    return bytes_of(text[1:] if form else text), form
