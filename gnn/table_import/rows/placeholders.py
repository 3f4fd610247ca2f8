"""Texts that stand where an identifier should be, as tables write them.

What the event contract drops by itself is in `domain.events.identity.nobody`. The others here are only
asked about: an id may be 0, and somebody may be called Test.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from domain.events.identity import USUAL, NoIdentifier, canonical_form, names_nobody
from domain.events.identity.nobody import (
    ADDRESSES_OF_NOBODY,
    FILLERS,
    MAILBOXES_OF_NOBODY,
    OF_NOBODY,
    SHARED,
    TRIAL_MAILBOXES,
    TRIAL_WORDS,
)  # fmt: skip
from gnn.table_import.mapping import TextColumn

NUMBERS = frozenset(
    {*("0" * n for n in range(1, 41)), *("9" * n for n in range(3, 21)), *("1" * n for n in range(4, 21)), "1234", "12345", "123456",
     "1234567", "12345678", "123456789", "1234567890", "0123456789"}
)  # fmt: skip
"""Numbers that may be placeholders, and may be ids."""
WORDS = frozenset(
    {
        *("-" * n for n in range(4, 13)), "x", *("*" * n for n in range(1, 17)),
        *("." * n for n in range(1, 5)), *("_" * n for n in range(1, 5)), *("-" + "9" * n for n in range(1, 7)), "!", "/",
        "n", "nn", "n.n.", "n.n", "tester", "anonym", "somebody", "gdpr", "other", "others", "various", "misc",
        "no ip", "noip", "no email", "noemail", "no_email", "no-email", "no name", "noname",
        "missing_value", "missing value", "no mail", "nomail", "no e-mail", '""', "''", "``",
        "unbekannt", "gast", "keine", "kein", "keine angabe", "k.a.", "ohne", "leer", "desconocido", "desconhecido", "invitado", "inconnu",
        "invité", "anonyme", "vide", "aucun", "sconosciuto", "ospite", "onbekend", "nieznany", "brak", "okänd", "ukjent", "tuntematon",
        "неизвестно", "неизвестен", "нет", "bilinmiyor", "不明", "未知", "なし", "无", "없음", "n/d", "s/n", "s/d",
        # addresses of the machine itself and of all machines, identifiers of zeros and ones
        "127.0.0.1", "::1", "localhost", "255.255.255.255", "0.0.0.0", "::",  # noqa: S104
        "0:0:0:0:0:0:0:0", "0.0.0.1",
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "11111111-1111-1111-1111-111111111111",
        "{00000000-0000-0000-0000-000000000000}",
    }
)  # fmt: skip
"""In lower case."""
_LOCAL_PART = rf"^(?:(?:{'|'.join(sorted(MAILBOXES_OF_NOBODY))})@|{'|'.join(f'{word}@{word}[.]' for word in sorted(TRIAL_WORDS))})"
_HEX = "[0-9A-Fa-f]{1,4}"
_PLAIN_IP = (
    r"^(?:(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}"
    rf"|{_HEX}(?::{_HEX}){{7}}|{_HEX}(?::{_HEX}){{0,4}}::(?:{_HEX}(?::{_HEX}){{0,1}})?)$"
)
_LIKE_AN_IP = r"^[0-9A-Fa-f\[\] ]*[.:,][0-9A-Fa-f:.,\[\] ]*$"
_FIRST = 64
"""Values that show whether a column holds e-mail addresses."""

_NO_PART = pa.array(sorted(OF_NOBODY - {"na"}))

DROPPED, DOUBTFUL, REFUSED = "dropped", "doubtful", "refused"


def strange(kind: str, spec: TextColumn, text: pa.StringArray) -> dict[str, tuple[str, int]]:
    """Return which texts of a batch name nobody, or may, with their rows: `DROPPED`, `DOUBTFUL` or `REFUSED`.

    The job takes the first for no identifier, and rejects an event with the last.
    """
    lower = pc.ascii_lower(text)  # ten times as fast as that of all scripts
    words = pc.is_in(lower, _vocabulary(spec))
    if pc.any(pc.match_substring(lower.slice(0, _FIRST), "@")).as_py():
        words = pc.or_(words, pc.match_substring_regex(lower, _LOCAL_PART))
    where = pc.or_(words, _odd_addresses(text)) if kind == "ip" else words
    if not pc.any(where).as_py():
        return {}
    form, found, named = canonical_form(kind, USUAL), {}, set(pc.unique(text.filter(words)).to_pylist())
    for pair in pc.value_counts(text.filter(where)).to_pylist():
        value, meaning = pair["values"], _meaning(kind, pair["values"], form)
        if meaning != DOUBTFUL or value in named:
            found[value] = (meaning, pair["counts"])
    return found


def without_nobody(part: pa.StringArray) -> pa.StringArray:
    """Return the parts of identifiers without those that name nobody; `NA` may be a country."""
    return pc.if_else(pc.is_in(pc.ascii_lower(part), _NO_PART), None, part)


def _odd_addresses(values: pa.StringArray) -> pa.BooleanArray:
    """Return which values look like an IP address, but not like a usual one: the contract has to judge."""
    unusual = pc.invert(pc.match_substring_regex(values, _PLAIN_IP))
    return pc.and_(unusual, pc.match_substring_regex(values, _LIKE_AN_IP)) if pc.any(unusual).as_py() else unusual


def _meaning(kind: str, value: str, form: Callable[[str], str]) -> str:
    try:
        spelling = form(value)
    except NoIdentifier:
        return REFUSED
    if kind == "account":
        return REFUSED if names_nobody(kind, spelling) else DOUBTFUL
    return DOUBTFUL if spelling else DROPPED


@cache
def _vocabulary(spec: TextColumn) -> pa.StringArray:
    """Return all such texts, in lower case those of ASCII; each repeated where columns are joined."""
    words = {*OF_NOBODY, *SHARED, *FILLERS, *ADDRESSES_OF_NOBODY, *TRIAL_MAILBOXES, *WORDS, *NUMBERS}
    words |= {form for word in words if not word.isascii() for form in (word.upper(), word.capitalize())}
    parts = max(1, len(spec.columns))
    return pa.array(sorted(words | {spec.separator.join([word] * parts) for word in words}), pa.string())
