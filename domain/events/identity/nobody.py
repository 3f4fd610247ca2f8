"""Texts that stand in for an identifier that is not known: strangers share them."""

OF_NOBODY = frozenset(
    {
        "-", "--", "---", "?", "unknown", "undefined", "null", "none", "nil", "nan", "na", "n/a", "n.a.", "#n/a", "not available",
        "not provided", "not set", "<null>", "<none>", "<nil>", "<unknown>", "(null)", "(none)", "(unknown)", "(not set)",
        "[null]", "[object object]", "null null", "undefined undefined",
        # an unchanged column that the database did not send: Debezium's text, in Base64, in hexadecimal
        "__debezium_unavailable_value", "x19kzwjleml1bv91bmf2ywlsywjszv92ywx1zq==",
        "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565",
        # zeros: the advertising id of all who opted out; the rest: Android ids that many phones share
        "00000000000000000000000000000000", "000000000000000", "0000000000000000",
        "9774d56d682e549c", "020000000000", "02:00:00:00:00:00",
    }
)  # fmt: skip
"""In lower case."""

_WORDS = frozenset({"unknown", "undefined", "null", "none", "nil", "nan"})
ADDRESSES_OF_NOBODY = frozenset(
    {"na", "n a", "not available", "not provided", "not applicable", "not set", "no address", "unknown address", "address unknown",
     "object object", "debezium unavailable value", "x19kzwjleml1bv91bmf2ywlsywjszv92ywx1zq",
     "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565"}
)  # fmt: skip
MAILBOXES_OF_NOBODY = frozenset(
    {"unknown", "undefined", "null", "none", "nil", "nan", "n/a", "noemail", "no-email", "no_email", "no.email", "nomail", "no-mail",
     "no_mail", "notprovided", "not-provided", "not_provided", "not.provided"}
)  # fmt: skip
TRIAL_MAILBOXES = frozenset(
    {"test@test.com", "test@example.com", "email@example.com", "user@example.com", "a@a.com", "asdf@asdf.com", "na@na.com"}
)


def is_of_nobody(text: str) -> bool:
    """Return whether a text says that its identifier is not known."""
    return text.strip().lower() in OF_NOBODY


def is_address_of_nobody(spelling: str) -> bool:
    """Return whether the form of an address holds such words only: programs make `null null` of two."""
    return spelling in ADDRESSES_OF_NOBODY or (spelling[:1] in ("u", "n") and _WORDS.issuperset(spelling.split()))


def is_mailbox_of_nobody(local: str, domain: str) -> bool:
    """Return whether a mailbox in lower case is one that forms are filled with: `none@none.com`."""
    return local in MAILBOXES_OF_NOBODY or f"{local}@{domain}" in TRIAL_MAILBOXES
