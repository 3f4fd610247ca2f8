"""Counts and numbers in words."""

from domain.wording import counted, number, plural, written


def test_nouns_agree_with_their_counts() -> None:
    assert [counted(count, "address") for count in (0, 1, 2, 1250)] == ["0 addresses", "1 address", "2 addresses", "1,250 addresses"]
    assert [plural(noun) for noun in ("account", "ip", "address")] == ["accounts", "ips", "addresses"]


def test_numbers_have_two_digits_where_they_tell_something() -> None:
    assert [number(value) for value in (0.04, 0.4, 7.0, 3.24, 41.4, 1250.0, -0.06, 9.96)] == [
        "0",
        "0.4",
        "7",
        "3.2",
        "41",
        "1,250",
        "-0.1",
        "10",
    ]


def test_very_large_numbers_are_short() -> None:
    assert [written(value, ",.2f") for value in (1234.5, 9.99e14, 1e15, 1e300, -1e300)] == [
        "1,234.50",
        "999,000,000,000,000.00",
        "1e+15",
        "1e+300",
        "-1e+300",
    ]
