"""A mapping for a table that nobody described: by the names of its columns and by what they hold.

A column is only mapped where both agree. Whatever is not sure stays a comment, for a person to decide.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from domain.events.currency import CODES
from domain.graph import EVENT_TYPES
from domain.wording import counted
from gnn.table_import.errors import TableError
from gnn.table_import.guess.amount import GuessedAmount, guessed_amount
from gnn.table_import.guess.entities import account, address, entities
from gnn.table_import.guess.inputs import attributes, rest
from gnn.table_import.guess.known_sets import known_set
from gnn.table_import.guess.label import answers, guessed_label
from gnn.table_import.guess.picks import NAMES, Picks
from gnn.table_import.guess.sample import Sample, take_sample
from gnn.table_import.guess.times import guessed_time
from gnn.table_import.guess.yaml_lines import scalar, with_comment
from gnn.table_import.keys.mapping_file import load_mapping
from gnn.table_import.preview import preview
from gnn.table_import.tables.encodings import shown_letters


def guess_mapping(table: Path) -> tuple[str, bool]:
    """Return the text of a mapping file, and whether it is complete. Raises `TableError`."""
    guess = _Guess(take_sample(table))
    names = [column.name for column in guess.sample.columns]
    for name in names:
        if names.count(name) > 1:
            raise TableError(f"{table}: has {names.count(name)} columns named {name!r}; rename all but one")
    lines = guess.lines()
    text = f"# A guess from the first {guess.sample.rows:,} rows of {table.name}. Read it line by line, then try:\n"
    text += "#   ringwatch import --check THIS.yaml TABLE\n" + known_set(guess.sample) + "\n".join(lines) + "\n"
    return (text + _tried(text, table), True) if guess.complete else (text, False)


def _tried(text: str, table: Path) -> str:
    """Return a comment on what the guessed mapping makes of the first rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guess.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            seen = preview(load_mapping(path), table)
        except TableError as error:
            return f"# Tried, and it fails: {_said(str(error), path)}\n"
    if seen.problem:
        return f"# Tried, and an import of the first {seen.report.rows:,} rows fails: {_said(seen.problem, path)}\n"
    made, report = f"{seen.report.events:,} of the first {seen.report.rows:,} rows become events", seen.report
    more = "".join(f"# Look at: {_said(note, path)}\n" for note in report.warnings)
    neither = f"# No label: {report.neither}\n" if report.neither else ""
    unknown = f"# Unknown: {report.unknown}\n" if report.unknown else ""
    return f"# Tried: {made}, {report.frauds:,} labelled fraud\n{neither}{unknown}{more}"


def _said(text: str, path: Path) -> str:
    return text.replace(str(path), "the mapping")


class _Guess:
    """The guesses for one sample; a column is used once, but for a card that is the account as well."""

    def __init__(self, sample: Sample) -> None:
        self.sample, self.picks = sample, Picks(sample)
        self.complete = False

    def lines(self) -> list[str]:
        """Return the lines of the mapping."""
        label, column = guessed_label(self.sample)
        telling = answers(self.sample, column)
        time = guessed_time(self.sample)
        self.picks.used.update((*time.columns, *([] if column is None else [column.name])))
        created = self._created()
        who = account(self.picks)
        amount = guessed_amount(self.sample, self.picks.used)
        self.picks.used.update([] if amount.column is None else [amount.column.name])
        others = [*entities(self.picks), *address(self.picks), *amount.lines, *self._currency(), *created, *label]
        event_type = self._event_type(amount)
        self.complete = bool(time.columns) and bool(who[1]) and amount.doubted is None
        first = [event_type, *self._event_id(), *time.lines, *who[0]]
        doubted = {*time.doubted, *([] if amount.doubted is None else [amount.doubted.name])}
        return [*first, *others, *attributes(self.picks, telling, doubted, amount), *self._csv(), *rest(self.picks, telling)]

    def _event_type(self, amount: GuessedAmount) -> str:
        for column in self.sample.columns:
            if column.all(lambda value: value in EVENT_TYPES):
                self.picks.used.add(column.name)
                return with_comment(f"event_type: {{column: {scalar(column.name)}}}", "its values are event types")
        if amount.column is None and amount.doubted is not None:
            return "# event_type: not recognised; write order, payment or another type of docs/mapping.md (see amount below)"
        if amount.column is None:
            return with_comment("event_type: signup", "a guess: there is no amount; see docs/mapping.md for the other types")
        return with_comment("event_type: payment", "a guess: there is an amount; order is the other choice")

    def _event_id(self) -> list[str]:
        column = self.picks.find("event_id", lambda c: len(c.values) == c.rows == c.distinct and c.kind != "number")
        if column is None:
            return [f"# event_id: not recognised{self._repeated_id()}, so that each row's number is its id"]
        return [with_comment(f"event_id: {scalar(column.name)}", f"{column.distinct:,} rows, all different")]

    def _repeated_id(self) -> str:
        """Return why the column that is an id by its name is none; empty if there is no such column."""
        named = next((c for name in NAMES["event_id"] for c in self.sample.columns if c.key == name and c.values), None)
        if named is None or named.name in self.picks.used:
            return ""
        value, often = Counter(named.values).most_common(1)[0]
        if often > 1:
            return f", as column {named.name!r} repeats {value[:30]!r}, {often:,} times: strike rows that are there twice, or leave it so"
        empty = named.rows - len(named.values)
        return f", as column {named.name!r} is empty in {counted(empty, 'row')}" if empty else f", as column {named.name!r} holds fractions"

    def _currency(self) -> list[str]:
        column = self.picks.find("currency", lambda c: c.all(lambda value: value in CODES))
        return [] if column is None else [with_comment(f"currency: {scalar(column.name)}", f"ISO 4217, {column.distinct} of them")]

    def _created(self) -> list[str]:
        names = ("signuptime", "signupdate", "accountcreatedat", "registeredat", "registrationdate", "accountopened", "customersince")
        column = next((c for c in self.sample.columns if c.key in names and c.kind == "time"), None)
        if column is None or column.name in self.picks.used:
            return []
        self.picks.used.add(column.name)
        return [with_comment(f"account_created_at: {scalar(column.name)}", "times, and the name says so")]

    def _csv(self) -> list[str]:
        lines, keys = [], []
        if self.sample.delimiter is not None:
            keys.append(f"delimiter: {scalar(self.sample.delimiter)}")
        if (choice := self.sample.encoding) is not None:
            keys.append(f"encoding: {choice.name}")
            other = f"; if they are wrong, try {' or '.join(choice.others)}" if choice.others else ""
            lines.append(f"# the text is not UTF-8; look at the letters: {self._letters()}{other}")
        if not keys:
            return []
        said = "gives all rows as many fields as the header" if choice is None else "a guess by the letters"
        return [*lines, with_comment(f"csv: {{{', '.join(keys)}}}", said)]

    def _letters(self) -> str:
        """Return a few letters beyond ASCII."""
        return shown_letters(" ".join(value for column in self.sample.columns for value in (column.name, *column.values[:200])))
