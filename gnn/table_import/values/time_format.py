"""Formats of times, checked before a row is read with them."""

from __future__ import annotations

import re

import pandas as pd

_DIRECTIVE = re.compile(r"%(.)")


def format_problem(layout: str) -> str | None:
    """Return what is wrong with a strptime format and the mend, None if times can be read with it.

    A format that leaves out part of the date or half of the day would give times that nobody wrote.
    """
    found = set(_DIRECTIVE.findall(layout.replace("%%", "")))
    try:
        pd.to_datetime(["x"], format=layout, errors="coerce", utc="z" in found)
    except (ValueError, TypeError) as error:
        return f"is no strptime format ({str(error).splitlines()[0]}), not {layout!r}; write one such as '%d/%m/%Y %H:%M'"
    if not found & set("YyGcx"):
        return f"names no year: {layout!r}; join the column of the date, such as columns: [date, time]"
    if not found & set("mbBjUWVcx"):
        minute = " (%M is the minute)" if "M" in found else ""
        return f"names no month: {layout!r}; write it as %m{minute}"
    if not found & set("djuwaAcx"):
        return f"names no day: {layout!r}; write it as %d, or join the column that holds it"
    if "Z" in found:
        return f"has %Z, and names of zones mean several: {layout!r}; write the letters themselves, such as UTC, and set time_zone"
    if "p" in found and "I" not in found:
        return f"has %p (AM/PM), which only goes with %I: {layout!r}; write %I for %H"
    if "I" in found and "p" not in found:
        return f"has hours of half a day, %I, without %p (AM/PM): {layout!r}; write %H for 24 hours, or add %p"
    if "M" in found and not found & set("HIcX"):
        return f"has minutes, %M, without hours: {layout!r}; write %m if the month is meant"
    return None


_WIDTHS = {"Y": 4, "j": 3, **dict.fromkeys("mdHIMSy", 2)}


def digit_runs(layout: str) -> str | None:
    """Return a pattern of the texts of a format, a group for each run of digits that no mark divides.

    The group's name holds the number of its digits: `_8` of %Y%m%d. None where all digits are divided: then
    strptime cannot read 105 as 10:05, where a lost zero makes it 01:05.
    """
    pieces = re.findall(r"%.|[^%]+", layout)
    pattern, runs, place = "", 0, 0
    while place < len(pieces):
        end, width = place, 0
        while end < len(pieces) and pieces[end][0] == "%" and pieces[end][1:] in _WIDTHS:
            width += _WIDTHS[pieces[end][1:]]
            end += 1
        if end > place + 1:
            runs += 1
            pattern += rf"(?P<{'r' * runs}_{width}>\d{{1,{width}}})"
        else:
            end = place + 1
            pattern += r".+?" if pieces[place][0] == "%" else re.escape(pieces[place])
        place = end
    return pattern if runs else None


def padded(text: str, pattern: str) -> str | None:
    """Return the text with the leading zeros that numbers lose; None if it is of another form."""
    found = re.fullmatch(pattern, text)
    if found is None:
        return None
    for name in reversed(found.groupdict()):
        start, end = found.span(name)
        text = text[:start] + text[start:end].zfill(int(name.split("_")[1])) + text[end:]
    return text
