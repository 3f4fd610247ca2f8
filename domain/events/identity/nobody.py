"""Texts in the place of an identifier that is not known: strangers share them.

What goes for every kind is in `OF_NOBODY`. An account may be called test and a merchant Guest: what is no id
of the other kinds comes on top, see `names_nobody`. 0 is nobody's in no kind, for tables count from it.
"""

from __future__ import annotations

import hashlib
import string

from domain.events.identity.countries import COUNTRIES

OF_NOBODY = frozenset(
    {
        "-", "--", "---", "?", "unknown", "undefined", "null", "none", "nil", "nan", "na", "n/a", "n.a.", "#n/a", "not available",
        "not provided", "not set", "<null>", "<none>", "<nil>", "<unknown>", "(null)", "(none)", "(unknown)", "(not set)",
        "[null]", "[none]", "[unknown]", "[object object]", "null null", "undefined undefined", "{}", "[]", "()", "<>", "-1", "unavailable",
        "optout", "opt-out", "opt_out", "opted out", "opted-out", "opted_out",
        # an unchanged column that the database did not send: Debezium's text, in Base64, in hexadecimal
        "__debezium_unavailable_value", "x19kzwjleml1bv91bmf2ywlsywjszv92ywx1zq==",
        "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565",
        # zeros and ones: the advertising id of all who opted out; Android ids that many phones share
        *(digit * length for digit in "0f" for length in (15, 16, 32, 40, 64)), "ffffffffffff",
        "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "9774d56d682e549c", "020000000000", "02:00:00:00:00:00",
        # hashes of such texts, the empty one first
        *(hashlib.new(name, text, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256")
          for text in (b"", b"null", b"none", b"None", b"nan", b"unknown", b"undefined", b"n/a", b"N/A")),
    }
)  # fmt: skip
"""In lower case."""

SHARED = frozenset(
    {
        "true", "false", "guest", "guest user", "guestuser", "guest-user", "guest_user", "guest account", "guest checkout",
        "guest_checkout", "anonymous", "anonymous user", "anonymous_user", "anonymoususer", "anon", "nobody", "no one", "noone",
        "unknown user", "unknown_user", "unknownuser", "unknown account", "unknown device", "unknown_device", "unknown customer",
        "no device", "nodevice", "no_device", "no-device", "no card", "nocard", "no_card", "no id", "noid", "no_id",
        "deleted", "deleted user", "removed", "erased", "redacted", "[redacted]", "anonymized", "anonymised",
        "missing", "not known", "not given", "not applicable", "not found", "no value", "no data", "nodata",
        "empty", "(empty)", "<empty>", "(blank)", "undef", "unset", "unspecified", "unidentified", "unassigned",
    }
)  # fmt: skip
"""What accounts, devices, payments, mailboxes and IP addresses are called that are not known."""
FILLERS = frozenset(
    {
        "test", "testing", "test user", "testuser", "dummy", "default", "blank", "invalid", "error", "masked", "hidden", "withheld",
        "tbd", "tba", "todo", *("x" * n for n in range(2, 17)),
    }
)  # fmt: skip
"""What devices, payments and mailboxes are called that are not known; an account may be called so."""

_WORDS = frozenset({"unknown", "undefined", "null", "none", "nil", "nan", "na", "unavailable"})
ADDRESSES_OF_NOBODY = frozenset(
    {"na", "n a", "not available", "not provided", "not applicable", "not set", "no address", "unknown address", "address unknown",
     "object object", "debezium unavailable value", "x19kzwjleml1bv91bmf2ywlsywjszv92ywx1zq",
     "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565",
     "test", "testing", "test address", "test test", "asdf", "qwerty", "abc", "dummy", "guest", "anonymous", "deleted", "redacted", "tbd",
     "tba", "unavailable", "optout", "opt out", "missing", "same", "same as above", "same as billing", "same as shipping",
     *("x" * n for n in range(1, 17))}
)  # fmt: skip
"""Forms of addresses, words alone with a space between."""
_NO_STREETS = OF_NOBODY | ADDRESSES_OF_NOBODY
_WHOLE_ADDRESSES = ADDRESSES_OF_NOBODY | COUNTRIES | {"1234", "12345", "123456", "0000", "00000", "99999", "11111"}
MAILBOXES_OF_NOBODY = frozenset(
    {"unknown", "undefined", "null", "none", "nil", "nan", "n/a", "noemail", "no-email", "no_email", "no.email", "nomail", "no-mail",
     "no_mail", "notprovided", "not-provided", "not_provided", "not.provided", "noreply", "no-reply", "no_reply", "no.reply", "donotreply",
     "do-not-reply", "do_not_reply", "do.not.reply", "guest", "anonymous", "anon", "nobody", "unavailable", "notavailable",
     "not-available", "not_available", "optout", "opt-out", "opt_out", "unknownuser", "deleted", "redacted"}
)  # fmt: skip
TRIAL_MAILBOXES = frozenset({"test@example.com", "email@example.com", "user@example.com"})
TRIAL_WORDS = frozenset(
    {"test", "testing", "a", "aa", "aaa", "b", "x", "xx", "xxx", "abc", "asd", "asdf", "qwe", "qwerty", "na", "example", "email", "user",
     "demo", "fake", "foo", "dummy", "123"}
)  # fmt: skip
"""What forms are filled with on both sides: `test@test.com`."""

_OF_KIND = {
    "account": OF_NOBODY | SHARED,
    "device": OF_NOBODY | SHARED | FILLERS,
    "email": OF_NOBODY | SHARED | FILLERS,
    "ip": OF_NOBODY | SHARED,
    "payment": OF_NOBODY | SHARED | FILLERS,
    "merchant": OF_NOBODY,
}
_NO_SIGNS = string.punctuation + string.whitespace


def is_of_nobody(text: str) -> bool:
    """Return whether a text says of anything that it is not known."""
    return text.strip().lower() in OF_NOBODY


def names_nobody(kind: str, text: str) -> bool:
    """Return whether an identifier of this kind is one that strangers share, or holds nothing but signs."""
    plain = text.lower()
    if plain in _OF_KIND[kind] or not plain.strip(_NO_SIGNS):
        return bool(text)
    return "-" in plain and plain.strip("{}()").replace("-", "") in OF_NOBODY  # a UUID of zeros


def is_address_of_nobody(spelling: str) -> bool:
    """Return whether the form of an address holds such words only: programs make `null null` of two."""
    if spelling in _WHOLE_ADDRESSES or (len(spelling) <= 3 and spelling.isdecimal()):
        return True
    if spelling[:1] not in ("u", "n"):
        return False
    words = spelling.replace("n a", "na").split()
    return _WORDS.issuperset(words[:-1] if words[-1] in COUNTRIES else words)


def is_no_street(text: str) -> bool:
    """Return whether the first line of an address says that there is none; it may be a number alone."""
    return text.strip().lower() in _NO_STREETS or not text.strip(_NO_SIGNS)


def is_mailbox_of_nobody(local: str, domain: str) -> bool:
    """Return whether a mailbox in lower case is one that forms are filled with: `none@none.com`."""
    if local in MAILBOXES_OF_NOBODY or f"{local}@{domain}" in TRIAL_MAILBOXES:
        return True
    return local in TRIAL_WORDS and domain.startswith(f"{local}.")
