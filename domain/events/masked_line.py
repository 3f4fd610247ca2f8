"""What is shown of a line that was rejected: its shape, and values of fields that name nobody.

A line that cannot be read holds what the others hold: names, addresses, cards. So of JSON, even if it is
broken, keys and the values of `SHOWN` stay, and any other text or long number becomes `***`. Mail addresses,
numbers of cards, accounts and telephones go wherever they are.
"""

from __future__ import annotations

import re

SHOWN = frozenset(
    ("event_id", "event_type", "event_time", "amount", "currency", "account_created_at", "subject_event_id", "is_fraud", "source")
)
"""Fields whose values help to mend a sender."""
MASK = "***"
_LONG = 5  # digits: fewer are a count, not an identifier
_PART = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\W\d_][\w-]*|[+-]?\d[\w.+-]*|[,}]', re.DOTALL)
_IS_KEY = re.compile(r"\s*:")
_KEY = re.compile(r"[\w.$-]{1,40}")
_LITERALS = frozenset(("true", "false", "null"))
_MAIL = re.compile(r"""[^\s"'<>()\[\]{},;:=|@]{1,64}(?:@|\\u0040|%40)[^\s"'<>()\[\]{},;:=|@]*""", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.])(?!1\d{12,18}(?!\d))\d(?:[ -]?\d){11,18}(?!\d)")
"""12 to 19 digits, but no time in milli-, micro- or nanoseconds since 1970."""
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|\(?0(?!\.))(?:[ ()/-]{0,2}\d){7,}")


def masked(text: str) -> str:
    """Return the text of a line, or its beginning, without what may say whose it is."""
    if text.lstrip(" \t\ufeff")[:1] in ("{", "["):
        text = _shape_of(text)
    for pattern in (_MAIL, _IBAN, _CARD, _PHONE):
        text = pattern.sub(MASK, text)
    return text


def _shape_of(text: str) -> str:
    """Return JSON, broken or cut or not, with the values of `SHOWN` alone."""
    parts, at, key = [], 0, ""
    for found in _PART.finditer(text):
        part = found[0]
        if part in ",}":
            key = ""
        elif part[0] == '"' and _IS_KEY.match(text, found.end()):
            key = part.strip('"')
            part = part if _KEY.fullmatch(key) else f'"{MASK}"'
        else:
            part = part if key.casefold() in SHOWN else _hidden(part)
            key = ""  # of one value, for what follows in broken JSON may be anything
        parts += [text[at : found.start()], part]
        at = found.end()
    return "".join((*parts, text[at:]))


def _hidden(part: str) -> str:
    if part[0] == '"':
        return part if len(part) <= 2 else f'"{MASK}"'
    is_short = part in _LITERALS or (part[0] in "+-0123456789" and sum(map(str.isdigit, part)) < _LONG)
    return part if is_short else MASK
