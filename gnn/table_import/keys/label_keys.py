"""The keys of a mapping that say what is known to be fraud."""

from __future__ import annotations

from typing import Any

from domain.events.event import MAX_TEXT
from gnn.table_import.keys.time_keys import TimeKeys
from gnn.table_import.mapping import LabelColumn
from gnn.table_import.values.columns import whole_number

LABEL_KEYS = ("column", "time_column", "delay", "positive", "negative", "source", "only_known")
OTHERS = "others"
"""Of label.negative: all values that are not positive."""


class LabelKeys(TimeKeys):
    """A reader of the section of labels."""

    def label(self, value: Any) -> LabelColumn:
        """Return where the labels are."""
        section = self.section("label", value, LABEL_KEYS)
        column, time = section.get("column"), self.optional_time("label.time_column", section.get("time_column"))
        if column is None and time is None:
            self.fail("label", "needs column (fraud or not) or time_column (when fraud was reported)")
        delay = section.get("delay")
        if delay is None and (column is None or time is None):
            self.fail("label.delay", "is missing; say how long after the event a label is known, such as 7d")
        source, only_known = section.get("source", "import"), section.get("only_known", False)
        if not isinstance(source, str) or not 1 <= len(source) <= MAX_TEXT:
            self.fail("label.source", f"must be a text such as chargeback, not {source!r}")
        if not isinstance(only_known, bool):
            self.fail("label.only_known", f"must be true or false, not {only_known!r}")
        positive = self._values("label.positive", section.get("positive") or [])
        return LabelColumn(
            column=None if column is None else self.column("label.column", column),
            time=time,
            delay_ms=None if delay is None else self.delay("label.delay", delay),
            positive=positive,
            negative=self._negative(section.get("negative") or [], positive),
            source=source,
            only_known=only_known,
        )

    def _negative(self, value: Any, positive: tuple[str, ...]) -> tuple[str, ...] | None:
        key = "label.negative"
        if value == OTHERS:
            if not positive:
                self.fail(key, "is others, but label.positive names nothing that they are other than; list what means fraud there")
            return None
        words = self._values(key, value)
        both = next((word for word in words if word in positive), None)
        if both is not None:
            self.fail(key, f"names {both!r}, as label.positive does; keep it in one")
        return words

    def _values(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(whole_number(word.strip().lower()) for word in self.words(key, value))
