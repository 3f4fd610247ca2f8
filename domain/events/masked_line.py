"""What is shown of a line that was rejected: its shape, and values of fields that name nobody.

A line that cannot be read holds what the others hold: names, addresses, cards. So of JSON, even if it is
broken, or comes after other text, keys stay, and the values of `SHOWN` that look like such a value; any other
text or long number becomes `***`. Mail addresses, numbers of cards, accounts and telephones go wherever they
are.
"""

from __future__ import annotations

import re

from domain.events.masked_text import MASK, without_personal

_ID = re.compile(r"(?:[\w.:/#=+-]|\\x[0-9a-f]{2}){1,1024}", re.ASCII)
_WORD = re.compile(r"[A-Za-z][\w.-]{0,39}", re.ASCII)
_DAYS_AND_MONTHS = "mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE_WORD = rf"(?<![a-z])[a-z]{{1,3}}(?:(?<={_DAYS_AND_MONTHS})[a-z]{{1,6}})?(?![a-z])"
_TIME = re.compile(
    rf"/Date\(-?\d{{1,20}}(?:[+-]\d{{4}})?\)/|[a-z]{{1,12}}"
    rf"|(?:{_DATE_WORD}[ ,.]{{0,2}}){{0,2}}[\d+-](?:[\d:.,+/() -]|{_DATE_WORD}){{0,60}}(?:\[[\w/+-]{{1,40}}\])?",
    re.ASCII | re.IGNORECASE,
)
_AMOUNT = re.compile(r"[^\W\d]{0,4}[^\w\"]{0,4}\d[\d.,' e+-]{0,24}[^\W\d]{0,4}[^\w\"]{0,2}|[a-zA-Z+-]{1,9}")
SHOWN = {
    "event_id": _ID,
    "event_type": _WORD,
    "event_time": _TIME,
    "amount": _AMOUNT,
    "currency": re.compile(r"[A-Za-z]{1,5}|[^\w\s]{1,3}"),
    "account_created_at": _TIME,
    "subject_event_id": _ID,
    "is_fraud": re.compile(r"\w{1,8}", re.ASCII),
    "source": _WORD,
}
"""Fields whose values help to mend a sender -> what such a value looks like; another may be anything."""
_LONG = 5  # digits: fewer are a count, not an identifier
_PART = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\W\d_][\w-]*|[+-]?\d[\w.+-]*|[,{}\[\]]', re.DOTALL)
_IS_KEY = re.compile(r"\s*:")
_KEY = re.compile(r"(?!.*\d{4})[\w.$-]{1,40}")
_LITERALS = frozenset(("true", "false", "null"))
_FIRST, _LATER = re.compile(r"\W{0,8}?[{\[]"), re.compile(r"""\{\s*\\?["'\w]|\[\s*\\?["'{]""")
"""Where JSON begins: at the begin, or after other text, such as that of a log."""


def masked(text: str) -> str:
    """Return the text of a line, or its beginning, without what may say whose it is."""
    if found := _FIRST.match(text) or _LATER.search(text):
        text = text[: found.start()] + _shape_of(text[found.start() :])
    return without_personal(text)


def _shape_of(text: str) -> str:
    """Return JSON, broken or cut or not, with the values of `SHOWN` alone."""
    parts, at, key = [], 0, ""
    for found in _PART.finditer(text):
        part = found[0]
        if part in ",{}[]":
            key = ""
        elif part[0] == '"' and _IS_KEY.match(text, found.end()):
            key = part.strip('"')
            part = part if _KEY.fullmatch(key) else f'"{MASK}"'
        else:
            form = SHOWN.get(key.casefold())
            part = part if form and form.fullmatch(part.strip('"')) else _hidden(part)
            key = ""  # of one value, for what follows in broken JSON may be anything
        parts += [text[at : found.start()], part]
        at = found.end()
    return "".join((*parts, text[at:]))


def _hidden(part: str) -> str:
    if part[0] == '"':
        return part if len(part) <= 2 else f'"{MASK}"'
    is_short = part in _LITERALS or (part[0] in "+-0123456789" and sum(map(str.isdigit, part)) < _LONG)
    return part if is_short else MASK
