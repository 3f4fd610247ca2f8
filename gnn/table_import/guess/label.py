"""Which column of a sample says fraud, and which others tell the answer as well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from gnn.table_import.guess.sample import Column, Sample
from gnn.table_import.guess.yaml_lines import scalar, with_comment
from gnn.table_import.rows.labels import FRAUD, LEGITIMATE, UNKNOWN

SURE = (
    "isfraud", "fraud", "fraudbool", "txfraud", "fraudlabel", "fraudulent", "isfraudulent", "fraudflag", "chargeback", "eventlabel",
    "istbetrug", "betrug", "betrugsfall", "esfraude", "estfraude", "fraude", "isfrode", "frode",
)  # fmt: skip
"""Names that can only mean fraud, in small letters, nothing between words."""
VAGUE = ("class", "label")
"""Names that many sets use for other things: the values must speak."""
TELLING = re.compile(
    r"fraud|betrug|frode|fraude|fraudul|oszust|verdacht|suspic|suspect|legit|genuine|label|charge_?back|dispute|reklam|litige|disput"
    r"|scenario|flag|target|class|risk|score|block|gesperrt|bloque|review|investig|resolution|resolved|refund|returned|reversed|storno"
    r"|decision|decided|verdict|outcome|approv|declin|reject|denied|^status$|^estado$|^statut$|^stato$|(order|payment|transaction|case)_?status|alert|sanction|case_?id|analyst|confirm"
    r"|cancel|recover|write_?off|closed",
    re.IGNORECASE,
)
"""Names of columns that are filled in by who looks for fraud, or after the event."""
_FRAUD_TEXT = re.compile(r"fraud|betrug|frode|charge_?back|dispute|suspect", re.IGNORECASE)
_NEGATED = re.compile(r"legit|genuine|not_?fraud|non_?fraud|no_?fraud|verified|ok$", re.IGNORECASE)
_WORDS = {*FRAUD, *LEGITIMATE, *UNKNOWN}
_SPOKEN = {"fraud", "fraudulent", "chargeback", "legit", "legitimate", "genuine", "not fraud", "not_fraud", "non-fraud", "nonfraud"}
_KNOWN_AT = ("labeltimestamp", "labeltime", "labeldate", "labeledat", "labelledat", "fraudlabeltime", "labelupdatedat")
"""Names of the time at which a label was known."""
_RARE = 0.3
"""A share of ones that a column of a vague name may have: frauds are few."""
_FEW = 40
_PURE, _MOST, _EDGE = 0.9, 0.8, 0.98
"""Share of frauds in a value that means fraud, share of the frauds that such values hold, and area under
the curve of a number that tells."""


def guessed_label(sample: Sample) -> tuple[list[str], Column | None]:
    """Return the lines of the label and its column; a comment that asks where it is not sure."""
    column = _first(sample, SURE) or _first(sample, VAGUE)
    if column is None:
        return _asked(sample), None
    problem = _problem(column)
    if problem:
        return [f"# label: not recognised; column {column.name!r} {problem}"], None
    yes = sum(value.lower() in FRAUD for value in column.values)
    text = f"label: {{column: {scalar(column.name)}, delay: 30d}}"
    known = next((c for c in sample.columns if c.key in _KNOWN_AT and c.kind == "time" and len(c.values) >= yes), None)
    if known is not None and column.distinct > 1:
        timed = f"label: {{column: {scalar(column.name)}, time_column: {scalar(known.name)}}}"
        return [with_comment(timed, f"{yes:,} of {len(column.values):,} fraud; known at the times of {known.name}, by its name")], column
    if column.distinct == 1:
        return [with_comment(text, f"by its name; all {len(column.values):,} values here are {column.values[0]!r}")], column
    said = f"{yes:,} of {len(column.values):,} fraud; the delay is a guess: when is a fraud known?"
    return [with_comment(text, said)], column


def _first(sample: Sample, names: Sequence[str]) -> Column | None:
    """Return the column of the surest name, one with two values before one with a single value."""
    found = [column for name in names for column in sample.columns if column.key == name and column.values]
    return next((column for column in found if column.distinct > 1), found[0] if found else None)


def _problem(column: Column) -> str:
    """Return why the values are not sure to be a label, and the mend; empty if they are."""
    words = {value.lower() for value in column.values}
    mend = "if it is the label, list what they mean in label.positive and label.negative"
    held = ", ".join(map(repr, sorted(set(column.values))[:4])) + (", ..." if column.distinct > 4 else "")
    if not words <= _WORDS or (column.kind in ("integer", "number") and "-1" in words):
        return f"holds {held}; {mend}"
    if column.key in SURE or words <= _SPOKEN:
        return ""
    if not words <= {"0", "1", "0.0", "1.0", "true", "false"} or len(words) < 2:
        return f"holds {held}, and its name may mean other things; {mend}"
    share = sum(value.lower() in FRAUD for value in column.values) / len(column.values)
    if share <= _RARE:
        return ""
    return f"is {held}, {share:.0%} of them yes: too many for frauds; {mend}"


def _asked(sample: Sample) -> list[str]:
    """Return a comment that names a column which may be the label."""
    for column in sample.columns:
        if column.distinct != 2 or not (_NEGATED.search(column.name) or _FRAUD_TEXT.search(column.name)):
            continue
        held = " or ".join(map(repr, sorted(set(column.values))))
        which = "if it says that there is no fraud" if _NEGATED.search(column.name) else "if it is the label"
        return [f"# label: not recognised; column {column.name!r} is {held}: {which}, list them in label.positive and label.negative"]
    return ["# label: not recognised; without one, no model can be trained"]


def answers(sample: Sample, label: Column | None) -> Mapping[str, str]:
    """Return the columns that tell the answer, by name: why each is no input."""
    known = None if label is None else _known(label)
    found = {}
    for column in sample.columns:
        if label is not None and column.name == label.name:
            continue
        if TELLING.search(column.name) or TELLING.search(column.key):
            found[column.name] = "its name may tell the answer"
        elif any(_FRAUD_TEXT.search(value) for value in set(column.values)) and column.distinct <= _FEW:
            found[column.name] = "its values tell the answer"
        elif known is not None and _tells(column, *known):
            found[column.name] = "its values nearly give the label"
    return found


def _known(label: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return the masks of rows that are labelled, and of those that are frauds."""
    words = [None if cell is None else cell.lower() for cell in label.cells]
    fraud = np.array([word in FRAUD for word in words], bool)
    return fraud | np.array([word in LEGITIMATE for word in words], bool), fraud


def _tells(column: Column, known: np.ndarray, fraud: np.ndarray) -> bool:
    """Return whether the values, or whether there is one, nearly decide between fraud and legitimate."""
    rows = np.flatnonzero(known)
    frauds = int(fraud[rows].sum())
    if min(frauds, len(rows) - frauds) < 3:
        return False
    cells = [column.cells[row] for row in rows]
    answers_ = fraud[rows]
    filled = [str(cell is not None) for cell in cells]
    if _decides(filled, answers_, frauds) or (column.distinct <= _FEW and _decides(cells, answers_, frauds)):
        return True
    return column.kind in ("integer", "number") and frauds >= 5 and _orders(cells, answers_)


def _decides(cells: Sequence[str | None], fraud: np.ndarray, frauds: int) -> bool:
    """Return whether values of three rows or more that nearly always mean fraud hold most frauds."""
    rows, hits = Counter(cells), Counter(cell for cell, yes in zip(cells, fraud, strict=True) if yes)
    telling = [cell for cell in rows if rows[cell] >= 3 and hits[cell] >= _PURE * rows[cell]]
    return sum(hits[cell] for cell in telling) >= _MOST * frauds


def _orders(cells: Sequence[str | None], fraud: np.ndarray) -> bool:
    """Return whether a number is nearly always higher, or lower, in frauds than in the others."""
    present = [place for place, cell in enumerate(cells) if cell is not None]
    numbers = np.array([float(str(cells[place])) for place in present])
    yes, no = numbers[fraud[present]], np.sort(numbers[~fraud[present]])
    if len(yes) < 5 or len(no) < 5:
        return False
    below, upto = np.searchsorted(no, yes, "left"), np.searchsorted(no, yes, "right")
    area = float((below + upto).sum() / (2 * len(yes) * len(no)))
    return not 1 - _EDGE < area < _EDGE
