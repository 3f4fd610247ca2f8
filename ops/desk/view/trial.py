"""The figures of a rule that was tried, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.wording import counted
from ops.desk.charts.bars import stacked
from ops.desk.charts.dry_run import Amount, DayOfRule, dry_run_figures
from ops.desk.charts.table import figure_html

_CAUGHT, _HARMED, _UNKNOWN = "fraud", "legitimate", "unknown"


@dataclass(frozen=True)
class Trial:
    """A rule that was tried."""

    figures: Mapping[str, Any]
    """As `ringwatch rules try --json` writes them."""

    @property
    def rule(self) -> Mapping[str, Any]:
        """The figures of the rule."""
        found: Mapping[str, Any] = self.figures["rules"][0]
        return found

    @property
    def window(self) -> Mapping[str, Any]:
        """What was replayed."""
        found: Mapping[str, Any] = self.figures["window"]
        return found

    @property
    def is_cut(self) -> bool:
        """Whether time allowed fewer events than a trial looks at."""
        return bool(self.window["most"] < self.window["wanted"] and self.window["events"] >= self.window["most"])

    @property
    def currency(self) -> str:
        """The currency of most of the money; empty without any."""
        money: Mapping[str, Mapping[str, float]] = self.rule["money"]
        return max(money, key=lambda code: sum(money[code].values()), default="")

    @property
    def charts(self) -> list[str]:
        """The histograms of events and, where there is any, of money."""
        events, money = dry_run_figures([_day(day, self.currency) for day in self.rule["days"]], self.currency)
        return [figure_html(figure, stacked) for figure in ((events, money) if self.currency else (events,))]

    def sentences(self) -> Iterator[str]:
        """Yield what it would have done, beside what was decided."""
        rule, events = self.rule, self.figures["events"]
        share = f" ({rule['fired'] / events:.2%})" if events else ""
        yield f"It fires for {rule['fired']:,} of {counted(events, 'event')}{share}."
        if self.figures["known_frauds"]:
            yield (
                f"It meets {rule[_CAUGHT]:,} of {counted(self.figures['known_frauds'], 'known fraud')}; "
                f"{rule['would_add_by_truth'][_CAUGHT]:,} of the {self.figures['known_frauds_approved']:,} that were approved."
            )
        if (precision := rule["precision"]) is not None:
            yield (
                f"Of those with a label {precision['value']:.0%} are fraud "
                f"({precision['low']:.0%} to {precision['high']:.0%} at 95%); {rule[_HARMED]:,} would be harmed."
            )
        elif rule["fired"]:
            yield "None of these events has a label yet: nobody knows how right it is."

    def changes(self) -> Iterator[tuple[str, str, int]]:
        """Yield what was decided, what would be, and for how many events, the most first."""
        for one in sorted(self.rule["changes"], key=lambda one: -one["events"]):
            yield one["from"], one["to"], one["events"]


def _day(day: Mapping[str, Any], currency: str) -> DayOfRule:
    begins = int(datetime.strptime(day["day"], "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    money = day["money"].get(currency, {})
    return DayOfRule(begins, *(Amount(day[name], money.get(name, 0.0)) for name in (_CAUGHT, _HARMED, _UNKNOWN)))
