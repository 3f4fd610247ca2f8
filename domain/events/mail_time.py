"""Times as mails and HTTP headers have them (RFC 2822): `Wed, 31 Dec 2025 12:00:00 +0000`."""

from __future__ import annotations

import re
from datetime import date

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FORM = re.compile(
    r"(?:(?P<name>[a-z]{3}), ?)?(?P<day>\d{1,2}) (?P<month>[a-z]{3}) (?P<year>\d{4}) (?P<clock>\d\d:\d\d(?::\d\d)?) "
    r"(?P<zone>gmt|utc?|z|[+-]\d{4})(?: \([a-z ]{1,40}\))?",
    re.ASCII | re.IGNORECASE,
)


def mail_time(text: str) -> str | None:
    """Return the time in ISO 8601; None for a text of another form, an unknown day or one of another week.

    Names of zones beside UTC are left to the caller: EST and the like mean several.
    """
    found = _FORM.fullmatch(text)
    if not found or found["month"].lower() not in _MONTHS:
        return None
    year, month, day = int(found["year"]), _MONTHS.index(found["month"].lower()) + 1, int(found["day"])
    try:
        weekday = _DAYS[date(year, month, day).weekday()]
    except ValueError:
        return None
    if found["name"] and found["name"].lower() != weekday:
        return None
    zone = found["zone"] if found["zone"][0] in "+-" else "Z"
    return f"{year:04}-{month:02}-{day:02}T{found['clock']}{zone}"
