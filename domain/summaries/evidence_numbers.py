"""Which numbers, times and identifiers a text names, and whether the evidence names them, too.

A text is read by striking out what is known piece by piece: citations, codes, pseudonyms, times. Whatever
digits are left must be numbers of the evidence, glued to letters or not.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(f'{month}|{month[:3]}' for month in _MONTHS)})\b\.?"
_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ROUND_WORDS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozens?|hundreds?|thousands?|millions?|billions?"
_MULTIPLES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9}

CITATION = re.compile(r"\bF(\d+)\b")
_CITATION_LIST = re.compile(r"\[\s*F\d+(?:\s*[,;]\s*F\d+)*\s*\]|\bF\d+\b")
_TERMS = re.compile(r"\b(?:3-D Secure|3DS2?|2FA)\b")  # names that hold a digit and state no number
_HEX = re.compile(r"\b(?:inc-)?(?:[0-9a-f]{16}|(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{6,})\b", re.I | re.ASCII)
_ISO = re.compile(r"\b(?P<date>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:\s?(?:Z|UTC|GMT|\+00:00))?)?\b", re.ASCII)
_CLOCK = re.compile(r"\b(?P<hour>\d{1,2}):(?P<rest>\d\d(?::\d\d)?)\b", re.ASCII)
_LONG_DATES = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (?P<year>\d{{4}}))?\b", re.I | re.ASCII),
    re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?\b", re.I | re.ASCII),
)
_NUMBER = re.compile(
    r"(?P<minus>(?<![\w.)])[-−])?"
    r"(?P<digits>\d{1,3}(?:[,'’ ]\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+(?:\.\d+)?)"
    r"(?P<exponent>[eE][+-]?\d+)?"
    r"(?:\s?(?P<percent>%|percent\b|per cent\b)|\s?(?P<multiple>bn|mn|k|m)\b)?",
    re.I | re.ASCII,
)
_NUMBER_WORD = re.compile(rf"\b(?:({'|'.join(_WORDS)})|((?:{_ROUND_WORDS})(?:-[a-z]+)?))\b", re.I)


class EvidenceNumbers:
    """The numbers, times, pseudonyms and codes of an incident document."""

    def __init__(self, incident: Mapping[str, Any]) -> None:
        facts, strongest = incident["evidence"]["facts"], incident["evidence"]["strongest"]
        texts = [fact["text"] for fact in facts]
        self.fact_ids = {fact["id"] for fact in facts}
        self._times = {fact["value"] for fact in facts if fact["unit"] == "time"} | {e["time"] for e in strongest}
        self._pseudonyms = {p for event in strongest for p in event["entities"].values()}
        self._pseudonyms |= {match[0] for text in texts for match in _HEX.finditer(text)}
        self._pseudonyms |= {str(incident["ring"]), str(incident["id"])}
        self._codes = [fact["name"].removeprefix("reason_") for fact in facts if fact["name"].startswith("reason_")]
        values = [fact["value"] for fact in facts] + [e[name] for e in strongest for name in ("amount", "score")]
        self._scores = {float(fact["value"]) for fact in facts if fact["unit"] == "score"} | {e["score"] for e in strongest}
        self._numbers = {float(v) for v in values if isinstance(v, int | float)}
        left = (self._strike(text, []) for text in texts)
        self._numbers |= {value for text in left for value, _ in _numbers(text)}

    def strike_codes(self, text: str) -> str:
        """Return `text` without citations and reason codes: names that state nothing."""
        text = _TERMS.sub(" ", _CITATION_LIST.sub(" ", text))
        for code in sorted(self._codes, key=len, reverse=True):
            text = text.replace(f"reason {code} ", "reason ")
            if not code.isalpha() and any(map(str.isalpha, code)):
                text = re.sub(rf"(?<![\w.-]){re.escape(code)}(?![\w-])", " ", text)
        return text

    def complaints(self, text: str) -> list[str]:
        """Return one complaint for each number, time or identifier in `text` that the evidence does not
        hold.
        """
        found: list[str] = []
        left = self._strike(text, found)
        for value, shown in _numbers(left):
            if not self._holds(value, shown):
                found.append(f"the number {shown} is not in the evidence")
        for match in _NUMBER_WORD.finditer(left):
            if not match[1] or _WORDS.index(match[1].lower()) + 2 not in self._numbers:
                found.append(f'"{match[0]}" is not in the evidence as a number; write numbers as digits')
        return found

    def _strike(self, text: str, found: list[str]) -> str:
        """Strike out codes, identifiers and times; note those that the evidence does not hold in `found`."""
        text = self.strike_codes(text)
        rules: Iterable[tuple[re.Pattern[str], Callable[[re.Match[str]], bool], str]] = (
            (_HEX, lambda match: match[0].lower() in self._pseudonyms, "identifier"),
            (_ISO, self._is_iso_time, "time"),
            *((pattern, self._is_long_date, "date") for pattern in _LONG_DATES),
            (_CLOCK, self._is_clock, "time"),
        )
        for pattern, holds, what in rules:
            found += [f"the {what} {m[0]} is not in the evidence" for m in pattern.finditer(text) if not holds(m)]
            text = pattern.sub(" ", text)
        return text

    def _is_iso_time(self, match: re.Match[str]) -> bool:
        start = f"{match['date']}T{match['clock'] or ''}"
        return any(time.startswith(start) for time in self._times)

    def _is_clock(self, match: re.Match[str]) -> bool:
        clock = f"T{int(match['hour']):02d}:{match['rest']}"
        return any(clock in time for time in self._times)

    def _is_long_date(self, match: re.Match[str]) -> bool:
        month = [name[:3] for name in _MONTHS].index(match["month"][:3].lower()) + 1
        date = f"-{month:02d}-{int(match['day']):02d}T"
        return any(time[4:11] == date and match["year"] in (None, time[:4]) for time in self._times)

    def _holds(self, value: float, shown: str) -> bool:
        """Return whether `value`, written as `shown`, is a number of the evidence; a score may be rounded or
        a percentage.
        """
        if value in self._numbers:
            return True
        percent = not shown[-1].isdigit() and shown.rstrip().lower().endswith(("%", "percent", "per cent"))
        decimals = len(shown.partition(".")[2].rstrip("% percntPERCNT"))
        scale = 100 if percent else 1
        if not percent and decimals < 2:
            return False
        return any(abs(score * scale - value) <= 0.5 * 10**-decimals + 1e-9 for score in self._scores)


def _numbers(text: str) -> Iterator[tuple[float, str]]:
    """Yield each number in `text` and how it is written."""
    for match in _NUMBER.finditer(text):
        digits = match["digits"]
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", digits):
            digits = digits.replace(".", "").replace(",", ".")
        value = float(re.sub(r"[,'’ ]", "", digits) + (match["exponent"] or ""))
        value *= _MULTIPLES.get((match["multiple"] or "").lower(), 1.0)
        yield (-value if match["minus"] else value), match[0].strip()
