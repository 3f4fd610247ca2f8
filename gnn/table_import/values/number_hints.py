"""What an amount that could not be read most likely is, and how a mapping says so."""

from __future__ import annotations

import re

from gnn.table_import.mapping import NumberStyle
from gnn.table_import.values.multipliers import ends_as_overpunch, is_credit, multiplier_mend, multiplies

_WORD = r"(?:[^\d\s.,()+-]{1,8}\.?(?: [^\d\s.,()+-]{1,3})?)?"
USUAL = "mend it, or say how numbers are written in numbers.decimal and numbers.thousands"


def number_mend(text: str, style: NumberStyle, key: str) -> str:
    """Return the mend of a text that is no number of the style; `key` is the mapping's section of it."""
    if text.startswith("#"):
        return "it is an error of a spreadsheet; mend the cell, or list it under missing"
    if re.search(r"\(.*\d.*\)", text) and "parentheses" not in style.minus:
        return f"if parentheses mean a negative number, set {key}.minus: parentheses"
    if re.search(r"\d[.,]\s*[-\u2013\u2014]+\D*$", text):
        return "the dash after its mark means no cents; write the numbers with digits alone"
    if re.search(r"\d\s*-$", text) and "trailing" not in style.minus:
        return f"if the dash at its end makes it negative, set {key}.minus: trailing"
    if ends_as_overpunch(text):
        return "its last sign is a digit with the sign of a mainframe (overpunch); write the numbers out in the table"
    if (found := re.search(r"\d\s*(CR|DR)$", text, re.IGNORECASE)) and found[1] not in style.minus:
        return _of_side(found[1], style, key)
    around = re.fullmatch(rf"[+(-]*\s*({_WORD})\s*-?[\d.,' \u00a0\u202f\u2019]*\d\s*({_WORD})[)-]?", text)
    words = [word for word in around.groups() if word and word not in style.symbols] if around else []
    if words and multiplies(words[-1]):
        return multiplier_mend(words[-1])
    if words:
        return f"list {words[0]!r} in {key}.symbols if it is no part of the number"
    return _of_marks(re.sub(r"[^\d.,' \u00a0\u202f\u2019]", "", text).strip(), key)


def _of_side(word: str, style: NumberStyle, key: str) -> str:
    """Return the mend of a number with CR or DR: the other one is a sign that says nothing."""
    other = {"CR": "DR", "DR": "CR", "Cr": "Dr", "Dr": "Cr", "cr": "dr", "dr": "cr"}.get(word, word)
    if other in style.minus:
        return f"list {word} in {key}.symbols, as {other} makes numbers negative"
    crore = "; if it means crore, write the numbers out" if is_credit(word) else ""
    return f"if {word} makes it negative, set {key}.minus: {word} and {key}.symbols: [{other}], else the other way round{crore}"


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
