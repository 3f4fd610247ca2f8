"""What is wrong with a field, in words that say what is wanted. The value is never part of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WANTED = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field here; leave it out",
    "model_attributes_type": "an object is wanted",
    "model_type": "an object is wanted",
    "dict_type": "an object is wanted",
    "list_type": "an array is wanted",
    "string_type": "a text is wanted",
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "int_type": "a whole number is wanted",
    "int_parsing": "a whole number is wanted",
    "int_from_float": "a whole number is wanted",
    "int_parsing_size": "a smaller number is wanted",
    "float_type": "a number is wanted",
    "float_parsing": "a number is wanted",
    "finite_number": "a finite number is wanted",
    "literal_error": "one of {expected} is wanted",
    "enum": "one of {expected} is wanted",
    "greater_than": "a number above {gt} is wanted",
    "greater_than_equal": "at least {ge} is wanted",
    "less_than": "a number below {lt} is wanted",
    "less_than_equal": "at most {le} is wanted",
    "string_too_short": "it is too short; its least length is {min_length}",
    "string_too_long": "it is too long; its greatest length is {max_length}",
    "too_short": "it is too short; its least length is {min_length}",
    "too_long": "it is too long; its greatest length is {max_length}",
}
"""Type of the validator's error -> what is said of it."""
_PATTERNS = {
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|yesterday|today)$": "a day as 2026-03-02 is wanted, or yesterday, or today",
    r"^[A-Za-z0-9._-]+$": "only letters A to Z, digits and . _ - are taken",
    r"^[A-Za-z0-9._-]*$": "only letters A to Z, digits and . _ - are taken",
    r"^[A-Za-z0-9._@+-]+$": "only letters A to Z, digits and . _ @ + - are taken",
    r"^[A-Za-z0-9._:@+-]+$": "only letters A to Z, digits and . _ : @ + - are taken",
    r"^[a-z][a-z0-9_-]{0,31}$": "a small letter, then up to 31 small letters, digits and _ - are wanted",
    r"^[a-z][a-z0-9_-]*$": "a small letter, then small letters, digits and _ - are wanted",
    r"^[a-z -]+$": "only small letters, spaces and - are taken",
    r"^[a-z._-]+$": "only small letters and . _ - are taken, as in case.claim",
    r"^[a-z_]+:[0-9a-f]{16}$": "a kind and a pseudonym are wanted, as in device:9c41aa00bb11cc22",
    r"^[a-z][a-z_]{0,31}:[0-9a-f]{16}$": "a kind and a pseudonym are wanted, as in device:9c41aa00bb11cc22",
    r"^[0-9a-f]{16}$": "16 hexadecimal digits in small letters are wanted",
    r"^[0-9a-f]{32}$": "32 hexadecimal digits in small letters are wanted",
    r"^[0-9]{1,18}:[0-9a-f]{64}$": "NUMBER:HASH is wanted, as a check of the audit tells its head",
    r'^"[0-9]{1,9}"$': 'an ETag is wanted, as in "3"',
    r"^[^\x00-\x1f\x7f]+$": "control characters are not taken",
}


def fault_of(error: Mapping[str, Any]) -> str:
    """Return the sentence about an error of the validator."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context.get("pattern", ""), "it is not written as /docs says")
    wanted = _WANTED.get(kind)
    return str(error["msg"]).removeprefix("Value error, ") if wanted is None else wanted.format_map(context)


def patterns() -> frozenset[str]:
    """Return the patterns that have a sentence."""
    return frozenset(_PATTERNS)
