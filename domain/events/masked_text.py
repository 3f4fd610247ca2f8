"""Any text without what says whose it is: mail addresses, and numbers of cards, accounts and telephones.

The forms are wide, for who writes a line may write as he likes: digits of any script, with any signs between
them. What is no such number stays: times, hashes, amounts, and ids of fewer digits than a card has.
"""

from __future__ import annotations

import re

MASK = "***"
_AT = r"(?:\s?[(\[]at[)\]]\s?|\s{0,2}(?:[@\ufe6b\uff20]|\\u0040|\\uff20|\\x40|%40|&#(?:64|x40);|&commat;)\s{0,2})"
_ADDRESS = r"""[^\s"'<>()\[\]{},;:=|@]"""
_MAIL = re.compile(rf"""(?:"[^"]{{1,64}}"|(?<!{_ADDRESS}){_ADDRESS}+?){_AT}[^\s"'<>(){{}},;=|@]*""", re.IGNORECASE)
_SIGN = r"[\u00ad\u200b-\u200f\u2060\ufeff()._/+\u00b7\u2010-\u2015\u2212-]"
_BETWEEN = rf"(?:[^\S\t\r\n]|{_SIGN}|\\[ux][0-9a-f]{{2,4}}|%[0-9a-f]{{2}}|&[a-z#0-9]{{2,6}};){{0,3}}"
"""What may be between two digits of a number, also as JSON, a form or HTML write it."""
_NOUGHT = "[0\u0660\u06f0\u0966\uff10]"
_KEPT = (
    r"(?<!\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\w)"  # a UUID
    r"|(?<!\w)(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?!\w)"  # a hash
    r"|(?<!\d)(?:19|20)\d\d(?P<by>[-/.]?)(?:0[1-9]|1[0-2])(?P=by)(?:0[1-9]|[12]\d|3[01])"  # a time, year first
    r"(?:[T ]?\d\d(?::?\d\d){1,2}(?:[.,]\d{1,9})?)?(?!\d)"
    r"|(?<!\d)\d\d?[./]\d\d?[./](?:19|20)\d\d(?:[T ,]{1,2}\d\d?:\d\d)?(?!\d)"
    r"|(?<![\w.])1\d{9}(?:\d{3}){0,3}(?!\d)"  # seconds since 1970, or parts of them
    r"|(?<![\w.])[+-]?\d{1,7}\.\d+(?![\d.])"  # an amount
)
_IBAN = rf"\b[A-Z]{{2}}\d\d(?:{_BETWEEN}[A-Z0-9]{{4}}){{2,7}}{_BETWEEN}[A-Z0-9]{{1,4}}\b"
_LONG = rf"(?<!\d)\d(?:{_BETWEEN}\d){{11,}}"
_PHONE = (
    rf"(?<![\w.])(?:\+|\({_NOUGHT}?|{_NOUGHT}(?!\.))(?:{_BETWEEN}\d){{6,}}"
    rf"|(?<!\w)(?P<groups>\d+(?:{_BETWEEN}(?<!\d)\d+)+)(?!\w)"
)
_NUMBER = re.compile(f"(?P<kept>{_KEPT})|{_IBAN}|{_LONG}|{_PHONE}", re.IGNORECASE)
_GROUPED = 9  # digits in groups: fewer are too few for a telephone with its area


def without_personal(text: str) -> str:
    """Return the text with `MASK` for each mail address and number."""
    return _NUMBER.sub(_masked, _MAIL.sub(MASK, text))


def _masked(found: re.Match[str]) -> str:
    few = found["groups"] and sum(map(str.isdigit, found[0])) < _GROUPED
    return found[0] if found["kept"] or few else MASK
