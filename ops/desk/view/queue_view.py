"""What is asked of the queue, as the address says it: one object for list, counts and links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from domain.decisions.alert import SEVERITIES
from domain.times import DAY_MS
from ops.cases.queue import QUEUE, CaseFilter
from ops.cases.queue_groups import LATE, SOON, QueueGroup
from ops.cases.words import CLAIMED, CLOSED, OPEN
from ops.desk.view.amounts import sums_in_words

ALL, FREE, MINE, TAKEN = "", "free", "mine", "taken"
SHOWS = {ALL: "All", FREE: "Free", MINE: "Mine", TAKEN: "Taken", CLOSED: "Closed"}
"""What the queue shows: value in the address -> word."""
SEVERITY_WORDS = tuple(reversed(SEVERITIES))
KINDS = {"ring": "Rings", "unconnected": "Unconnected", "wave": "Waves"}
DUES = {"late": "Late", "day": "Within a day"}
SORTS = {"": "Gravest first", "due": "Due first", "updated": "Changed last"}
_ORDERS = {"": "priority", "due": "due", "updated": "updated"}


@dataclass(frozen=True)
class QueueView:
    """What a list of cases shows. Empty values are left out of the address."""

    show: str = ALL
    severity: str = ""
    kind: str = ""
    due: str = ""
    new: str = ""
    """1: only what has changed since one last looked."""
    q: str = ""
    """Part of the headline."""
    sort: str = ""

    def query(self) -> str:
        """Return the part of the address after `?`."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def address(self, **changes: str) -> str:
        """Return the address of this list with changes."""
        query = replace(self, **changes).query()
        return f"/?{query}" if query else "/"

    @property
    def order(self) -> str:
        """The store's word for the order."""
        return _ORDERS[self.sort]

    @property
    def is_closed(self) -> bool:
        """Whether it is of closed cases."""
        return self.show == CLOSED

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves anything out but by state."""
        return bool(self.severity or self.kind or self.due or self.new or self.q)

    def wanted(self, me: str, now: int, seen_at: int | None) -> CaseFilter:
        """Return the store's filter; `seen_at`: when one last looked."""
        return CaseFilter(
            state={FREE: OPEN, TAKEN: CLAIMED, CLOSED: CLOSED}.get(self.show, QUEUE),
            owner=me if self.show == MINE else None,
            kind=self.kind or None,
            severity_rank=SEVERITIES.index(self.severity) if self.severity else None,
            due_before={"late": now, "day": now + DAY_MS}.get(self.due),
            due_from=now if self.due == "day" else None,
            changed_from=seen_at if self.new else None,
            not_of=me if self.new else None,
            text=self.q or None,
        )

    def takes(self, group: QueueGroup) -> bool:
        """Return whether the list has the cases of a group; `q` has been asked of the store."""
        return (
            {FREE: not group.is_claimed, MINE: group.is_mine, TAKEN: group.is_claimed}.get(self.show, True)
            and self.severity in ("", SEVERITIES[group.severity_rank])
            and self.kind in ("", group.kind)
            and {"late": group.due == LATE, "day": group.due == SOON}.get(self.due, True)
            and (not self.new or (group.is_changed and not group.is_mine))
        )


@dataclass(frozen=True)
class Choice:
    """A link of a filter."""

    text: str
    address: str
    is_on: bool
    count: int | None
    mark: str = ""


@dataclass(frozen=True)
class Counts:
    """The counts of a list and of each filter, from the groups of one query."""

    groups: Sequence[QueueGroup]
    view: QueueView

    def of(self, **changes: str) -> int:
        """Return how many cases the list would have with these changes."""
        view = replace(self.view, **changes)
        return sum(group.cases for group in self.groups if view.takes(group))

    @property
    def cases(self) -> int:
        """How many cases the list has."""
        return self.of()

    @property
    def sums(self) -> str:
        """What is at risk in all of them, of each its largest sum: 40,100 EUR and 900 USD."""
        sums = defaultdict[str, float](float)
        for group in self.groups:
            if self.view.takes(group):
                sums[group.currency] += group.money
        return sums_in_words(sums)

    @property
    def order_words(self) -> str:
        """In which order the list is."""
        return SORTS[self.view.sort]

    def choices(self, name: str, values: Iterable[tuple[str, str]], counted: Callable[[str], bool] = lambda _: True) -> list[Choice]:
        """Return the links of a filter; one that is on leads to the list without it."""
        now = getattr(self.view, name)
        return [
            Choice(
                word,
                self.view.address(**{name: "" if value == now else value}),
                value == now,
                self.of(**{name: value}) if counted(value) else None,
                value,
            )
            for value, word in values
        ]

    def shows(self) -> list[Choice]:
        """Return the links of what is shown; of closed cases only those shown are counted."""
        return self.choices("show", SHOWS.items(), lambda value: (value == CLOSED) == self.view.is_closed)

    def severities(self) -> list[Choice]:
        """Return the links of severities, the gravest first, those that no case has left out."""
        found = self.choices("severity", [(word, word) for word in SEVERITY_WORDS])
        return [choice for choice in found if choice.count or choice.is_on]

    def kinds(self) -> list[Choice]:
        """Return the links of kinds."""
        return [choice for choice in self.choices("kind", KINDS.items()) if choice.count or choice.is_on]

    def dues(self) -> list[Choice]:
        """Return the links of due times."""
        return [] if self.view.is_closed else self.choices("due", DUES.items())

    def sorts(self) -> list[Choice]:
        """Return the links of orders."""
        return [Choice(word, self.view.address(sort=value), value == self.view.sort, None) for value, word in SORTS.items()]
