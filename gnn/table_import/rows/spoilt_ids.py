"""Identifiers that a spreadsheet or a float has spoilt: rounded numbers, error values, dates."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from gnn.table_import.rows.faults import Faults

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ROUNDED = r"[+-]?(?:\d[.,]\d+[eE][+-]?\d{1,3}|\d[eE]\+\d{1,3}|\d{16,}[.,]0+|(?i:[+-]?inf))"
_ERROR = (
    r"#(?:REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|N/A|NV|#+"
    r"|BEZUG!|WERT!|ZAHL!|ÜBERLAUF!|VALEUR!|NOM\?|NOMBRE!|NUL!|¡(?:REF|VALOR|DIV/0|NUM|NULO)!|¿NOMBRE\?|VALOR!|NOME\?|RIF!|VALORE!"
    r"|VERW!|WAARDE!|NAAM\?|GETAL!|LEEG!|N/B|ARG!|ADR!|NAZWA\?|LICZBA!|ССЫЛКА!|ЗНАЧ!|ИМЯ\?|ЧИСЛО!|Н/Д|ПУСТО!)"
)
"""Of spreadsheets in English, German, French, Spanish, Portuguese, Italian, Dutch, Polish and Russian."""
_DATE = rf"\d{{1,2}}-{_MONTH}(?:-\d\d)?|{_MONTH}-\d\d"
_SPOILT = rf"^(?:{_ROUNDED}|{_ERROR})$"
_LOOK_AT = rf"^(?:{_ROUNDED}|{_ERROR}|{_DATE}|\d{{16,}})$"  # all at once: most columns hold none of them
_EXACT = {pa.float16(): 2.0**11, pa.float32(): 2.0**24, pa.float64(): 2.0**53}
"""Type of floats to the number up to which all whole ones are apart."""
_ENOUGH = 6  # zeros in a row: one in a million
EXPORT = "export the column as text, for a spreadsheet rounds long numbers, and different ids become one"


def check_ids(name: str, raw: pa.Array, cleaned: pa.Array, faults: Faults) -> bool:
    """Note the identifiers of a column that cannot be what they were: many real ones share what is left.

    Return whether `LongIds` has something to see in the cleaned texts.
    """
    kind = raw.type.value_type if pt.is_dictionary(raw.type) else raw.type
    if kind in _EXACT:
        rounded = pc.greater_equal(pc.abs(cleaned), _EXACT[kind])
        problem = f"is beyond {_EXACT[kind]:.0f}, where {kind.bit_width}-bit floats round whole numbers; store it as text or integers"
        faults.add(name, problem, rounded, cleaned)
    if not pt.is_string(cleaned.type):
        return False
    worth = bool(pc.any(pc.match_substring_regex(cleaned, _LOOK_AT)).as_py())
    if worth:
        spoilt = pc.match_substring_regex(cleaned, _SPOILT)
        if pc.any(spoilt).as_py():
            error = pc.and_(spoilt, pc.starts_with(cleaned, "#"))
            faults.add(name, "is an error of a spreadsheet, no identifier; mend the cell, or list it under missing", error, cleaned)
            faults.add(name, f"is a rounded number, no identifier; {EXPORT}", pc.and_(spoilt, pc.invert(error)), cleaned)
    return worth


def check_errors(name: str, cleaned: pa.Array, faults: Faults) -> pa.BooleanArray | None:
    """Note the error values of a spreadsheet in a column that holds no identifiers; return where they are."""
    if not pt.is_string(cleaned.type) or not pc.any(pc.starts_with(cleaned, "#")).as_py():
        return None
    error = pc.match_substring_regex(cleaned, f"^{_ERROR}$")
    faults.add(name, "is an error of a spreadsheet, no value; mend the cell, or list it under missing", error, cleaned)
    return error


class LongIds:
    """The long numbers among the identifiers of a column, over all batches.

    A spreadsheet keeps 15 digits and writes zeros for the rest. One such number may be an accident; where
    all of them end so, the column is rounded.
    """

    def __init__(self) -> None:
        self._distinct: set[str] = set()
        self._settled = False
        self.first: tuple[str, int, str] | None = None
        """Table, row and value of the first one."""
        self.dates: str | None = None
        """The first identifier that looks like a date that a spreadsheet made of another text."""

    def see(self, text: pa.Array, table: str, first_row: int) -> None:
        """Take in the cleaned texts of a batch, whose first row has this number."""
        if self.dates is None and (place := pc.index(pc.match_substring_regex(text, f"^(?:{_DATE})$"), True).as_py()) >= 0:
            self.dates = text[place].as_py()
        if self._settled:
            return
        long = pc.match_substring_regex(text, r"^\d{0,15}[1-9]\d*$")  # zeros alone are nobody, not rounded
        long = pc.and_(long, pc.match_substring_regex(text, r"^\d{16,}$"))
        if not pc.any(long).as_py():
            return
        found = pc.unique(text.filter(long))
        self._settled = pc.any(pc.match_substring_regex(found, r"^\d{15}0*[1-9]")).as_py()
        self._distinct |= set(found[:_ENOUGH].to_pylist())
        if self.first is None:
            place = pc.index(long, True).as_py()
            self.first = (table, first_row + place, text[place].as_py())

    @property
    def rounded(self) -> bool:
        """Return whether all of them end in zeros, more than chance would make."""
        return not self._settled and sum(len(digits) - 15 for digits in self._distinct) >= _ENOUGH
