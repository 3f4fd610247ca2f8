"""Texts that stand in for an identifier that is not known: strangers share them."""

OF_NOBODY = frozenset(
    {
        "-", "--", "?", "unknown", "undefined", "null", "none", "nil", "nan", "n/a", "<null>", "(null)", "[object object]",
        # zeros: the advertising id of all who opted out; the rest: Android ids that many phones share
        "00000000000000000000000000000000", "000000000000000", "0000000000000000",
        "9774d56d682e549c", "020000000000", "02:00:00:00:00:00",
    }
)  # fmt: skip
"""In lower case."""
