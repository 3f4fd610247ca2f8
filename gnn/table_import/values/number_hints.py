"""What an amount that could not be read most likely is, and how a mapping says so."""

from __future__ import annotations

import re

from gnn.table_import.mapping import NumberStyle

USUAL = "mend it, or say how numbers are written in numbers.decimal and numbers.thousands"


def number_mend(text: str, style: NumberStyle, key: str) -> str:
    """Return the mend of a text that is no number of the style; `key` is the mapping's section of it."""
    if text.startswith("#"):
        return "it is an error of a spreadsheet; mend the cell, or list it under missing"
    if re.search(r"\(.*\d.*\)", text) and "parentheses" not in style.minus:
        return f"if parentheses mean a negative number, set {key}.minus: parentheses"
    if re.search(r"\d\s*-$", text) and "trailing" not in style.minus:
        return f"if the dash at its end makes it negative, set {key}.minus: trailing"
    if (found := re.search(r"\d\s*(CR|DR|Cr|Dr|cr|dr)$", text)) and found[1] not in style.minus:
        return f"list {found[1]} in {key}.minus if it makes the number negative, else in {key}.symbols"
    around = re.fullmatch(r"[+(-]*\s*([^\d\s.,()+-]{0,4})\s*-?[\d.,' \u00a0\u202f\u2019]*\d\s*([^\d\s.,()+-]{0,4})[)-]?", text)
    if around and (symbol := next((word for word in around.groups() if word and word not in style.symbols), None)):
        return f"list {symbol!r} in {key}.symbols if it is no part of the number"
    return _of_marks(re.sub(r"[^\d.,' \u00a0\u202f\u2019]", "", text).strip(), key)


def _of_marks(digits: str, key: str) -> str:
    marks = re.sub(r"[\d]", "", digits)
    if re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits):
        return f"it may mean {digits.replace(',', '')} or {digits.replace(',', '.')}; set {key}.thousands: ',' or {key}.decimal: ','"
    if not marks or marks.count(marks[-1]) > 1 or marks[-1] not in ".,":
        return USUAL if not marks else f"if {marks[-1]!r} groups digits, set {key}.thousands: {_yaml(marks[-1])}"
    if len(set(marks)) > 1 and marks[-1] in ".,":
        return f"set {key}.decimal: '{marks[-1]}' and {key}.thousands: {_yaml(marks[0])}"
    return f"set {key}.decimal: ','" if marks == "," else USUAL


def _yaml(mark: str) -> str:
    return {"'": '"\'"', "\u2019": '"\'"'}.get(mark, "' '" if mark.isspace() else f"'{mark}'")
