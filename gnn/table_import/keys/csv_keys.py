"""The keys of a mapping that say how CSV is written."""

from __future__ import annotations

from typing import Any

from gnn.table_import.keys.scalars import Scalars
from gnn.table_import.mapping import CsvDialect

SPACES = "spaces"
CSV_KEYS = ("delimiter", "encoding", "quote", "escape", "columns", "member")


class CsvKeys(Scalars):
    """A reader of the section `csv`."""

    def csv(self, value: Any) -> CsvDialect:
        """Return how CSV files are written, as far as the section says."""
        section = self.section("csv", value, CSV_KEYS)
        quote, encoding, columns, member = (section.get(key) for key in ("quote", "encoding", "columns", "member"))
        if member is not None and (not isinstance(member, str) or not member):
            self.fail("csv.member", f"must be the name of a file in a zip archive, not {member!r}")
        if columns is not None and (not isinstance(columns, list) or not all(isinstance(name, str) for name in columns)):
            self.fail("csv.columns", "must be the list of all columns of a file without a header, such as [id, time, amount]")
        if columns and len(set(columns)) < len(columns):
            self.fail("csv.columns", "names a column twice; each needs a name of its own")
        delimiter, is_spaced = section.get("delimiter"), section.get("delimiter") == SPACES
        return CsvDialect(
            delimiter="\t" if is_spaced else self.character("csv.delimiter", delimiter, SPACES),
            is_spaced=is_spaced,
            encoding=None if encoding is None else self.encoding(encoding),
            quote='"' if quote is None else "" if quote == "none" else self.character("csv.quote", quote) or "",
            escape=self.character("csv.escape", section.get("escape")),
            columns=tuple(columns or ()),
            member=member,
        )
