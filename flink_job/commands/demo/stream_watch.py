"""What the demo sees of the Redis streams while the job runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.text import Text

from domain.incidents.review_desk import is_overflow
from domain.wording import counted
from ops.redis.consumer import StreamConsumer
from ops.redis.entry import Entry
from ops.redis.private_group import private_name
from ops.terminal.cards import print_entry
from ops.terminal.shown_values import plain

_SEVERITIES = ("low", "medium", "high", "critical")
KEPT_ALERTS = 1000  # of the last ones
SHOWN_AT_ONCE = 3  # alerts printed per look: a reader is slower than the job


class StreamWatch:
    """Watch over the streams from now on: their counts and each incident's last revision.

    It prints a few alerts of each look, and the headline of each incident that opens as a grave one, gets
    graver or asks for another action.
    """

    def __init__(self, url: str, prefix: str, console: Console) -> None:
        self._consumer = StreamConsumer(url, prefix, ("alerts", "incidents", "rejected"), private_name("demo"), "demo")
        self._console = console
        self.alerts = self.rejected = self.revisions = 0
        self._last_alerts: deque[Entry] = deque(maxlen=KEPT_ALERTS)
        self.incidents: dict[str, Entry] = {}
        """Last revision per incident, the newest last."""
        self.writers: dict[str, int] = {}
        """Revisions per writer."""

    def __enter__(self) -> Self:
        self._consumer.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._consumer.destroy_groups()
        self._consumer.close()

    def look(self) -> None:
        """Read what has come since the last look."""
        shown = 0
        while entries := self._consumer.poll():
            for entry in entries:
                self._consumer.ack(entry)
                if entry.stream == "alerts":
                    self.alerts += 1
                    self._last_alerts.append(entry)
                    shown += 1
                    if shown <= SHOWN_AT_ONCE:
                        print_entry(self._console, entry, with_year=True)
                elif entry.stream == "incidents":
                    self._incident(entry)
                else:
                    self.rejected += 1
        if shown > SHOWN_AT_ONCE:
            self._console.print(f"  and {counted(shown - SHOWN_AT_ONCE, 'more alert')}", style="dim", highlight=False)

    def gravest(self, count: int) -> list[Entry]:
        """Return the gravest incidents, of those the ones with most alerts, by their last revision."""
        ranked = sorted(self.incidents.values(), key=_gravity)
        chosen = {entry.entry_id for entry in ranked[-count:]}
        return [entry for entry in self.incidents.values() if entry.entry_id in chosen]

    def most_accounts(self, count: int) -> list[Entry]:
        """Return the gravest incidents of a named pattern with the most accounts, the largest first."""
        return sorted(self.incidents.values(), key=_size, reverse=True)[:count]

    def alerts_of(self, incident: Entry) -> list[Entry]:
        """Return the alerts of an incident that are among the last ones of all, the gravest last."""
        events = set((incident.document() or {}).get("event_ids") or ())
        found = [alert for alert in self._last_alerts if (alert.document() or {}).get("event_id") in events]
        return sorted(found, key=lambda alert: _gravity(alert)[0])

    def _incident(self, entry: Entry) -> None:
        document = entry.document() or {}
        if is_overflow(document):
            print_entry(self._console, entry)
            return
        name = str(document.get("id"))
        self.revisions += 1
        writer = _writer(document)
        self.writers[writer] = self.writers.get(writer, 0) + 1
        before = self.incidents.pop(name, None)
        self.incidents[name] = entry
        if _is_news(entry, before):
            self._console.print(incident_news(entry, before is not None))


def incident_news(entry: Entry, is_known: bool = False) -> Text:
    """Return the line on an incident that opens, or that has become graver: severity, action, headline."""
    document = entry.document() or {}
    standing = f"{'now ' if is_known else ''}{plain(document.get('severity'))}, {plain(document.get('action'))}"
    return Text(f"INCIDENT {standing}: {plain(document.get('headline'))}", "bold red")


def _is_news(entry: Entry, before: Entry | None) -> bool:
    """Return whether a revision makes an incident a grave one, or asks for another action."""
    document = entry.document() or {}
    is_grave = document.get("severity") in ("high", "critical")
    if before is None:
        return is_grave
    is_graver = _gravity(entry)[0] > _gravity(before)[0]
    return (is_grave and is_graver) or document.get("action") != (before.document() or {}).get("action")


def _writer(document: Mapping[str, Any]) -> str:
    writer = document.get("writer") or {}
    return f"model {writer.get('model')}" if writer.get("name") == "llm" else "template"


def _gravity(entry: Entry) -> tuple[int, int]:
    severity = entry.fields.get("severity", "low")
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else 0, (entry.document() or {}).get("alerts", 0)


def _size(entry: Entry) -> tuple[int, bool, int, int]:
    """Return what `most_accounts` sorts by: severity, whether the pattern has a name, accounts, alerts."""
    document = entry.document() or {}
    accounts = (document.get("participants") or {}).get("account") or {}
    severity, alerts = _gravity(entry)
    return severity, document.get("pattern") not in (None, "unclear"), accounts.get("count", 0), alerts
