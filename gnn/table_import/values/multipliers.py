"""Words after a number that multiply it, and so are no signs of money."""

from __future__ import annotations

import re

_WORDS = (
    "k", "tsd", "tsd.", "thsd", "mille", "m", "mn", "mln", "mio", "mio.", "mill", "mill.", "million", "millions", "mm", "bn", "mrd", "mrd.",
    "billion", "billions", "tn", "lac", "lacs", "lakh", "lakhs", "crore", "crores", "тыс", "тыс.", "млн", "млрд", "万", "億", "亿", "千",
)  # fmt: skip
_BESIDE = re.compile(r"(t|k|m|tsd|mio|mrd|mn|bn)\.? ?(€|£|eur|chf)|(k|mio|mn|bn)\.? ?(\$|usd)|(€|£|\$) ?(k|m|mio|mn|bn|mrd)\.?")
_CREDIT = ("cr", "cr.")
"""Crore, or credit."""
_DEBIT = ("dr", "dr.")


def multiplies(word: str) -> bool:
    """Return whether a word multiplies the number before it, alone or beside money: k€, Mio. EUR."""
    word = word.strip().lower()
    return word in _WORDS or _BESIDE.fullmatch(word) is not None


def is_credit(word: str) -> bool:
    """Return whether a word may be crore as well as credit."""
    return word.strip().lower() in _CREDIT


def is_debit(word: str) -> bool:
    """Return whether a word is a debit, beside which Cr is a credit."""
    return word.strip().lower() in _DEBIT


def multiplier_mend(word: str) -> str:
    """Return what to do where a word may multiply."""
    return f"{word!r} may multiply it, as in 1.2k for 1200: write the numbers out in the table"


def ends_as_overpunch(text: str) -> bool:
    """Return whether a mainframe's sign is in the last digit: 0001000{ is 10000, 0001000J is -10001."""
    return re.fullmatch(r"0\d+[A-R]|\d+[{}]", text) is not None
