"""The formats in which a text may be a time, of its form alone; which of them is right, all values tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WEEKDAY = re.compile(r"((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?=\W)|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)([, ]+)")
_MARK = r"(?P<m>[/. -])"
_DATES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(rf"\d{{4}}{_MARK}\d{{1,2}}(?P=m)\d{{1,2}}(?!\d)"), ("Y m d", "Y d m")),
    (re.compile(rf"\d{{1,2}}{_MARK}\d{{1,2}}(?P=m)\d{{4}}(?!\d)"), ("d m Y", "m d Y")),
    (re.compile(rf"\d{{2}}{_MARK}\d{{1,2}}(?P=m)\d{{2}}(?!\d)"), ("d m y", "m d y", "y m d")),
    (re.compile(rf"\d{{1,2}}{_MARK}\d{{1,2}}(?P=m)\d{{2}}(?!\d)"), ("d m y", "m d y")),
)
"""Dates of numbers between marks, with the orders of their parts."""
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d{1,2}(?P<a>[ ./-]?)(?P<b>[A-Za-z]{3,9})(?P<c>[.,]?[ ./-]?)\d{4}(?!\d)"), "%d{a}{b}{c}%Y"),
    (re.compile(r"\d{1,2}(?P<a>[ ./-]?)(?P<b>[A-Za-z]{3,9})(?P<c>[.,]?[ ./-]?)\d{2}(?!\d)"), "%d{a}{b}{c}%y"),
    (re.compile(r"(?P<b>[A-Za-z]{3,9})(?P<a>\.? )\d{1,2}(?P<c>,? )\d{4}(?!\d)"), "{b}{a}%d{c}%Y"),
    (re.compile(r"\d{4}(?P<a>[ ./-]?)(?P<b>[A-Za-z]{3,9})(?P<c>[ ./-]?)\d{1,2}(?!\d)"), "%Y{a}{b}{c}%d"),
)
"""Dates with the month as a word."""
_JAVA = re.compile(r"(?P<b>[A-Za-z]{3}) +\d{1,2} (?P<clock>\d\d:\d\d:\d\d) (?:(?P<zone>[A-Z]{3,5}) )?\d{4}")
"""What Java, JavaScript and C print: May 01 10:00:00 UTC 2024."""
_DIGITS = {
    17: ("%Y%m%d%H%M%S%f",),
    14: ("%Y%m%d%H%M%S", "%d%m%Y%H%M%S"), 12: ("%Y%m%d%H%M", "%y%m%d%H%M%S", "%d%m%Y%H%M"), 10: ("%Y%m%d%H", "%y%m%d%H%M"),
    8: ("%Y%m%d", "%d%m%Y", "%m%d%Y"), 7: ("%Y%j", "%d%m%Y", "%m%d%Y"), 6: ("%y%m%d", "%d%m%y", "%m%d%y"), 5: ("%y%j", "%d%m%y"),
}  # fmt: skip
"""Digits to the formats of a time that is a number of so many; 7 and 5 may have lost a zero."""
_TIME = re.compile(r"(,? ?[T_ ]|[:,-] ?)?(\d{1,2})([:.h])(\d\d)(?:\3(\d\d))?([.,:]\d{1,9})?( *)([AaPp][Mm](?![A-Za-z]))?")
_ZONE = re.compile(
    r"(?P<gap> ?)(?P<offset>[+-]\d\d:?\d\d|Z)(?P<region>\[[A-Za-z_/]+\])?|(?P<name> ?(?:[A-Z]{1,5}|[A-Z][a-z]+/[A-Za-z_/]+))"
)


def layouts(text: str) -> Iterator[str]:
    """Yield strptime formats of the form of a text; some may read it as no time, or as another."""
    if text.isdigit():
        yield from _DIGITS.get(len(text), ())
        return
    start = ""
    if found := _WEEKDAY.match(text):
        start, text = ("%A" if found[1].endswith("day") else "%a") + found[2], text[found.end() :]
    if found := _JAVA.fullmatch(text):
        zone = f" {found['zone']}" if found["zone"] else ""
        yield f"{start}%b %d %H:%M:%S{zone} %Y"
    if re.fullmatch(r"\d{4}-W\d\d-\d", text):
        yield "%G-W%V-%u"
    if re.fullmatch(r"\d{4}-\d{3}", text):
        yield "%Y-%j"
    if found := re.match(r"\d{8}(?=[T _-]\d)", text):
        yield from (f"{start}%Y%m%d{clock}" for clock in _clocks(text[8:]))
    for pattern, orders in _DATES:
        if found := pattern.match(text):
            dates = [found["m"].join(f"%{part}" for part in order.split()) for order in orders]
            yield from (start + date + clock for clock in _clocks(text[found.end() :]) for date in dates)
            return
    for pattern, form in _WORDS:
        if found := pattern.match(text):
            dates = [form.format(a=found["a"], b=month, c=found["c"]) for month in ("%b", "%B")]
            yield from (start + date + clock for clock in _clocks(text[found.end() :]) for date in dates)
            return


def _clocks(rest: str) -> Iterator[str]:
    """Yield formats of the time of day after a date."""
    if not rest:
        yield ""
        return
    if found := re.fullmatch(r"([T _-]?)(\d{6}|\d{4})(Z|[+-]\d\d:?\d\d)?", rest):
        yield found[1] + ("%H%M%S" if len(found[2]) == 6 else "%H%M") + ("%z" if found[3] else "")
        return
    found = _TIME.match(rest)
    if found is None:
        return
    between, _, mark, _, seconds, fraction, space, half = found.groups(default="")
    clock = ("%I" if half else "%H") + f"{mark}%M" + (f"{mark}%S" if seconds else "")
    clock += (":" if fraction[:1] == ":" else ".") + "%f" if fraction else ""
    zone = rest[found.end() :] if half else space + rest[found.end() :]
    half = f"{space}%p" if half else ""
    if not zone:
        yield between + clock + half
    elif end := _ZONE.fullmatch(zone):
        yield between + clock + half + (end["name"] or f"{end['gap']}%z{end['region'] or ''}")
