"""E-mail and IP addresses are found in a question, whatever is around them."""

from __future__ import annotations

import pytest

from ops.assistant.raw_values import without_raw

SAME = (
    "money-blocked", "at 12:30:45", "version 1.2.3", "1.2.3.4.5", "300.1.2.3", "device:9c41aa00bb11cc22", "ip:9c41aa00bb11cc22",
    "2026-11-03..2026-11-09", "aa:bb:cc:dd:ee:ff", "an @ alone", "inc-00000000000000aa",
)  # fmt: skip


def told(question: str) -> tuple[str, set[str]]:
    """Return the question without raw values, and the raw values."""
    found = set[str]()

    def named(value: str) -> str:
        found.add(value)
        return "NAME"

    return without_raw(question, named), found


@pytest.mark.parametrize(
    "around",
    [
        "%s",
        "who is %s?",
        "ip=%s",
        "x: %s.",
        "[%s]",
        "{%s}",
        "`%s`",
        "*%s*",
        "“%s”",
        "‘%s’",
        "(%s)",
        "%s/24",
        "a|%s|b",
        "%s…",
        "%s's",
        "%s–%s",
    ],
)
@pytest.mark.parametrize("value", ["203.0.113.9", "2001:db8::9", "::ffff:203.0.113.9", "anna@shop.example", "o'neill@shop.example"])
def test_a_raw_value_is_found_within_marks(around: str, value: str) -> None:
    assert told(around.replace("%s", value)) == (around.replace("%s", "NAME"), {value})


@pytest.mark.parametrize(
    ("question", "kept", "value"),
    [
        ("203.0.113.9:443", "NAME:443", "203.0.113.9"),
        ("[2001:db8::9]:443", "[NAME]:443", "2001:db8::9"),
        ("https://203.0.113.9/a", "https://NAME/a", "203.0.113.9"),
        ("mailto:anna@shop.example", "NAME", "anna@shop.example"),
        ("ip:203.0.113.9", "NAME", "203.0.113.9"),
        ("ip:2001:db8::9", "NAME", "2001:db8::9"),
        ("who is anna@shop.example. Why?", "who is NAME. Why?", "anna@shop.example"),
        ("anna@203.0.113.9", "NAME", "anna@203.0.113.9"),
    ],
)
def test_what_is_around_it_stays(question: str, kept: str, value: str) -> None:
    assert told(question) == (kept, {value})


@pytest.mark.parametrize("question", SAME)
def test_what_is_no_raw_value_stays(question: str) -> None:
    assert told(question) == (question, set())
