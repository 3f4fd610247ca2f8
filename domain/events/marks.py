"""Records as they reach the parser: a character per byte, and before them the mark of a format, if any."""

from __future__ import annotations

from domain.events.envelopes import CLOUDEVENTS, CONFLUENT_JSON, DEBEZIUM
from domain.events.notice import bytes_of

MARKS = {DEBEZIUM: "\u2460", CLOUDEVENTS: "\u2461", CONFLUENT_JSON: "\u2462"}
"""Format -> what the records of a source begin with that names it; the Java class `Marked` writes it."""
_FORMS = {mark: form for form, mark in MARKS.items()}


def record_of(value: str | None) -> tuple[bytes, str]:
    """Return the bytes of a record, none for no value, and its format, "" for plain JSON.

    Raises `SourceNotice` for what is no record.
    """
    try:
        return (value or "").encode("latin-1"), ""
    except UnicodeEncodeError:  # no record holds such a character, whatever its bytes are
        text = str(value)
    form = _FORMS.get(text[0], "")
    return bytes_of(text[1:] if form else text), form
