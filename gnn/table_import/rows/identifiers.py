"""What the identifiers of a table show: texts of nobody, hubs that join strangers, full card numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.graph import ENTITY_FIELDS
from domain.wording import counted, shown
from gnn.table_import.mapping import TextColumn
from gnn.table_import.rows.placeholders import DOUBTFUL, DROPPED, NUMBERS, REFUSED, strange
from gnn.table_import.rows.shared_values import HUB_ACCOUNTS, SharedValues
from gnn.table_import.rows.value_counts import count_value

_KINDS = {field: kind for kind, field in ENTITY_FIELDS.items()}
_SPOKEN = {"ip": "IP address", "email": "e-mail address"}
_MANY_TIMES = 5
"""Times as many rows as the other values have: a number that stands out so is no id like the others."""
_SHOWN = 3
_LOOKED_AT = 4096
"""Rows of a batch in which shared values are counted: of a value in 2% of the rows, about 80."""
_TELL_APART = "map a column that tells them apart, or skip such rows (missing, with on_error: skip)"


class _Kind:
    """The identifiers of one kind, over all batches."""

    def __init__(self, kind: str, spec: TextColumn) -> None:
        self.kind, self.spec, self.name = kind, spec, "+".join(spec.columns)
        self.dropped: Counter[str] = Counter()
        """Rows by value, of those that the event contract takes for none."""
        self.partial = 0
        """Rows that have some of the columns that are joined, not all."""
        self.doubtful: Counter[str] = Counter()
        self._accounts: dict[str, set[str]] = {}
        self.shared = SharedValues(kind == "account")

    def see(self, text: pa.StringArray, accounts: pa.StringArray) -> list[str]:
        """Take in a batch; return the values for which the job would reject an event."""
        rows = _sample(len(text))
        some, theirs = (text, accounts) if rows is None else (text.take(rows), accounts.take(rows))
        pairs = pc.value_counts(some.drop_null())
        values, counts = pairs.field(0), pairs.field(1).to_numpy()
        meanings = strange(self.kind, self.spec, text)
        for value, (meaning, count) in meanings.items():
            if meaning == DROPPED:
                count_value(self.dropped, value, count)
            elif meaning == DOUBTFUL and not (self._is_number(value) and _is_usual(value, values, counts)):
                self._note_doubtful(value, count, text, accounts)
        if self.kind != "merchant":  # a shop has many customers
            self.shared.see(values, counts, some, theirs)
        return [value for value, (meaning, _) in meanings.items() if meaning == REFUSED]

    def _is_number(self, value: str) -> bool:
        return NUMBERS.issuperset(value.split(self.spec.separator) if len(self.spec.columns) > 1 else (value,))

    def _note_doubtful(self, value: str, count: int, text: pa.StringArray, accounts: pa.StringArray) -> None:
        found = self._accounts.setdefault(value, set()) if count_value(self.doubtful, value, count) else set()
        if len(found) < 2:
            found.update(pc.unique(accounts.filter(pc.equal(text, value))).drop_null()[:2].to_pylist())

    def joining(self) -> list[tuple[str, int]]:
        """Return the doubtful values that join rows of several accounts, the commonest first."""
        least = 1 if self.kind == "account" else 2
        return [(value, n) for value, n in self.doubtful.most_common() if n > 1 and len(self._accounts.get(value, ())) >= least]

    def hub(self) -> str:
        """Return the commonest value and its share in words; nothing if it is no hub, or named already."""
        found = self.shared.hub()
        if found is None or found[0] in self.dropped or found[0] in self.doubtful:
            return ""
        value, share = found
        return f"({value[: min(2, len(value) // 3)]}... of {len(value)} characters) has {share:.0%} of the rows"


class Identifiers:
    """The identifiers of all kinds, over all batches of all tables."""

    def __init__(self, entities: Mapping[str, TextColumn]) -> None:
        self._kinds = {field: _Kind(_KINDS[field], spec) for field, spec in entities.items() if spec.constant is None}

    def see(self, field: str, text: pa.StringArray, accounts: pa.StringArray) -> list[str]:
        """Take in the texts of an event's field; return those for which the job would reject an event."""
        return self._kinds[field].see(text, accounts) if field in self._kinds else []

    def partial(self, field: str, rows: int) -> None:
        """Take in rows that have no such identifier, for a part of it is missing."""
        self._kinds[field].partial += rows

    def unknown(self) -> str:
        """Return the identifiers that the job takes for none: `no device in 812 rows ('unknown')`."""
        return "; ".join(filter(None, map(_unknown, self._kinds.values())))

    def notes(self) -> Iterator[str]:
        """Yield what a person should look at, a sentence each."""
        joining = {kind: found for kind in self._kinds.values() if (found := kind.joining())}
        for kind in joining:
            if kind.kind == "account":
                one = len(joining[kind]) == 1
                yield f"column {kind.name!r}: {_shown(joining[kind], rows=True)}; {_no_one(one)}: {_TELL_APART}"
        others = [f"column {kind.name!r}: {_shown(found, rows=True)}" for kind, found in joining.items() if kind.kind != "account"]
        if others:
            one = sum(len(found) for kind, found in joining.items() if kind.kind != "account") == 1
            yield f"{'; '.join(others)}; {_no_one(one)}: list {'it' if one else 'them'} under missing"
        hubs = {kind: hub for kind in self._kinds.values() if (hub := kind.hub())}
        for kind in hubs:
            if kind.kind == "account":
                yield f"column {kind.name!r}: one account {hubs[kind]}; if it is no one, {_TELL_APART}"
        others = [f"column {kind.name!r} {hub}" for kind, hub in hubs.items() if kind.kind != "account"]
        if others:
            yield f"one value of {HUB_ACCOUNTS} accounts or more: {', '.join(others)}; if it names no one, list it under missing"


def _no_one(one: bool) -> str:
    return "if that is no one, it joins strangers" if one else "if these are no one, they join strangers"


def _unknown(kind: _Kind) -> str:
    rows = sum(kind.dropped.values()) + kind.partial
    parts = f"{counted(kind.partial, 'row')} with a part of {kind.name} missing" if kind.partial else ""
    why = ", ".join(filter(None, (_shown(kind.dropped.most_common()), parts)))
    return f"no {_SPOKEN.get(kind.kind, kind.kind)} in {counted(rows, 'row')} ({why})" if rows else ""


def _is_usual(value: str, values: pa.StringArray, counts: np.ndarray) -> bool:
    """Return whether a value has about as many rows as the others."""
    place = pc.index(values, value).as_py()
    return place < 0 or bool(counts[place] * (len(counts) - 1) < _MANY_TIMES * (counts.sum() - counts[place]))


@lru_cache(maxsize=4)
def _sample(rows: int) -> pa.Array | None:
    """Return places of some rows of a batch, the same ones each time; None for all."""
    if rows <= _LOOKED_AT:
        return None
    return pa.array(np.sort(np.random.default_rng(rows).choice(rows, _LOOKED_AT, replace=False)))


def _shown(found: list[tuple[str, int]], rows: bool = False) -> str:
    parts = [f"{shown(value)} in {counted(count, 'row')}" if rows else shown(value) for value, count in found[:_SHOWN]]
    return ", ".join([*parts, *([f"{len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])])
