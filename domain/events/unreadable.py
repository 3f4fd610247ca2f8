"""Lines that hold no JSON object: what they are instead, and the mend.

Nothing of a line is quoted but numbers: it may be anybody's data.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from domain.events.event import Rejected
from domain.events.quoting import kind_of

FRAME = b"\0"
"""First byte of a value in a schema registry's frame."""
FRAME_BYTES = 5
"""Length of a frame's head: `FRAME` and the schema's id, a big-endian number of four bytes."""
_WIDE_FRAME_BYTES = 9  # Apicurio's older serializers: an id of eight bytes
_GLUE_BYTES = 18  # 3, 0 or 5 for the compression, a UUID
_CONTENTS = (
    (b"\x1f\x8b", "gzip data; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "zstd data; unpack it first"),
    (b"BZh", "bzip2 data; unpack it first"),
    (b"\xfd7zXZ", "xz data; unpack it first"),
    (b"\x04\x22\x4d\x18", "lz4 data; unpack it first"),
    (b"PAR1", "a Parquet file; ringwatch import makes events of it"),
    (b"Obj\x01", "an Avro file; write its records as JSON, one a line"),
    (b"<", "XML or HTML; write each event as a JSON object"),
)
"""First bytes -> what they begin, and the mend."""
_PIECE = re.compile(r'\s*(?:"[^"\\]*+"\s*:.*|[\]}]\s*,?)\s*', re.DOTALL)
"""A line of an indented object: a key and its value, or an end."""
_RETURNS = re.compile(rb"\}[ \t]*\r[ \t\r]*\{")
"""Two objects with a CR between them, which ends no line."""
_MEND_RETURNS = "line ends are CR; convert them to LF"
_SYSLOG = re.compile(rb"<\d{1,3}>")
_TWO_MARKS = codecs.BOM_UTF8 * 2
_BEFORE_OBJECT = re.compile(r'(?:\[[^\[\]{}"]*\]|[^{\["])*?(?P<event_stream>\bdata: ?)?(?P<object>\{\s*".*\}\s*)', re.DOTALL)
"""A whole object after other text, such as the date and the level of a log."""
_UTF_16 = "UTF-16 or UTF-32 text; send UTF-8"


def is_blank(line: bytes) -> bool:
    """Return whether a line holds nothing but white space and a byte order mark."""
    return not line or line.isspace() or (line[:3] == codecs.BOM_UTF8 and not line[3:].strip())


def framed(line: bytes) -> bytes | None:
    """Return the JSON in a schema registry's frame; None if the line is no frame around JSON."""
    if line[:1] != FRAME:
        return None
    for head in (FRAME_BYTES, _WIDE_FRAME_BYTES):
        content = line[head:].removeprefix(codecs.BOM_UTF8)
        if content.lstrip()[:1] in (b"{", b"["):
            return content
    return None


def not_utf8(line: bytes, error: UnicodeDecodeError) -> Rejected:
    """Return the rejection of bytes that are no UTF-8."""
    return Rejected("line", _content(line) or f"not UTF-8 at byte {error.start}; send UTF-8")


def too_long(line: bytes, most: int) -> Rejected:
    """Return the rejection of a line of more than `most` bytes."""
    if _RETURNS.search(line, 0, most):
        return Rejected("line", f"many objects in one line: {_MEND_RETURNS}")
    return Rejected("line", f"{len(line):,} bytes are too long; an event has at most {most:,}")


def not_json(line: bytes, error: json.JSONDecodeError) -> Rejected:
    """Return the rejection of text that is no JSON, with the mend where the fault is a common one."""
    known = _content(line)
    return Rejected("line", known or f"not JSON at character {error.pos}: {_fault(error)}")


def no_object(value: Any) -> Rejected:
    """Return the rejection of JSON that is no object."""
    if isinstance(value, list):
        return Rejected("line", f"an array of {len(value):,} values; write each event as an object on a line of its own")
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        return Rejected("line", "a string that holds JSON: it was encoded twice; send the object itself")
    return Rejected("line", f"a JSON object is wanted, not {kind_of(value)}")


def _content(line: bytes) -> str | None:
    """Return what bytes are that are no JSON text, by their beginning; None if nothing is known."""
    if line[:2] in (b"\xff\xfe", b"\xfe\xff") or _has_wide_characters(line):
        return _UTF_16
    if line[:1] == FRAME and len(line) >= FRAME_BYTES and line.strip(FRAME):
        return _frame(line)
    if line[:1] == b"\x03" and line[1:2] in (b"\0", b"\x05") and len(line) > _GLUE_BYTES:
        return "a frame of AWS Glue Schema Registry, which ringwatch does not read; send plain JSON"
    if line.startswith(_TWO_MARKS):
        return "two byte order marks; files that begin with one were joined: write one, or none"
    if _SYSLOG.match(line):
        return None
    return next((words for first, words in _CONTENTS if line.startswith(first)), None)


def _has_wide_characters(line: bytes) -> bool:
    """Return whether every second byte at the beginning is NUL, as in ASCII of two or four bytes."""
    start = line[:16]
    return len(start) >= 4 and (_alternates(start[1::2], start[::2]) or _alternates(start[::2], start[1::2]))


def _alternates(nuls: bytes, others: bytes) -> bool:
    return not nuls.strip(b"\0") and others[:1] != b"\0" and others.count(b"\0") <= len(others) // 2 + 1


def _frame(line: bytes) -> str:
    schema = int.from_bytes(line[1:FRAME_BYTES], "big")
    if is_blank(line[FRAME_BYTES:]):
        return f"a schema-registry frame (schema {schema}) with nothing after it; send the event in it"
    if framed(line) is None:
        return f"a schema-registry frame (schema {schema}) around Avro or Protobuf, which ringwatch does not read; send JSON"
    return f"a schema-registry frame (schema {schema}) around JSON; add ?format=confluent_json to the source's URL"


def _fault(error: json.JSONDecodeError) -> str:
    """Return the decoder's own words, with the mend of a common fault."""
    text, at = error.doc, error.pos
    if _PIECE.fullmatch(text):
        mend = "a piece of JSON that goes over several lines; write each event on one line, as jq -c does"
    elif text[:1] != "{" and (found := _BEFORE_OBJECT.fullmatch(text.lstrip("\ufeff"))) and found.start("object"):
        mend = _before_object(text, found)
    elif error.msg == "Extra data":
        mend = _mend_extra(text, at)
    elif at >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        mend = "the line ends too early; write the whole object on one line"
    elif text[at : at + 1] == "'" or text[:2] == "{'":
        mend = "JSON has double quotes, not single ones"
    elif text[at : at + 1] in ("}", "]") and text[:at].rstrip()[-1:] == ",":
        mend = "remove the comma before it"
    elif text.startswith(("True", "False", "None", "undefined"), at):
        mend = "JSON writes true, false and null"
    elif not text.lstrip().startswith(("{", "[", '"')) and "," in text:
        mend = "is it CSV? ringwatch import makes events of a table"
    else:
        return error.msg
    return f"{error.msg}; {mend}"


def _mend_extra(text: str, at: int) -> str:
    if text[at : at + 1] != "{":
        return "nothing may follow the object"
    return _MEND_RETURNS if "\r" in text[len(text[:at].rstrip()) : at] else "write each event on a line of its own"


def _before_object(text: str, found: re.Match[str]) -> str:
    """Return the mend for text before an object: another one for a stream of events, a comment, a log."""
    if found["event_stream"]:
        return "an event stream (SSE); leave out data: before the object"
    if text.lstrip("\ufeff \t").startswith(("#", "//")):
        return "a comment, which JSON has not; leave it out"
    return "text before the object, as logs have it; send the object alone"
