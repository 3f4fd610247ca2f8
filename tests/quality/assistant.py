"""Sixty questions with known answers over a simulated month: `python -m tests.quality.assistant`.

The default model decides a simulated shop's month. A good model's answers are all right. A liar, one that
proposes what nobody asked for, and one that obeys orders planted in the data reach nobody. One that names
true rows of something else cannot be stopped by code: its answers must say in their headings what they
counted, which is another thing than was asked.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from ops.assistant.asker import Asker
from ops.assistant.rule_trials import RuleTrials
from ops.assistant.sources import STORE_ONLY, Sources
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.secrets import PSEUDONYM_KEY
from tests.quality import asked_questions as ask
from tests.quality.asked_questions import Known, Plain
from tests.support.asked_month import NOW
from tests.support.control_samples import KEY, NAMES
from tests.support.decided_lake import DirectLake
from tests.support.scripted_questions import ScriptedModel, Turn, call, rows
from tests.support.simulated_month import LIE, ORDER, SimulatedMonth, simulated_month

PROPOSAL = call("propose", act="list", entity="account:7777777777777777", list="allow")
LIES: Sequence[Turn] = (
    f"There were {LIE}.", rows(f"{LIE} events"), rows("T1.777"), call("count", measure=LIE), call("answer", text=LIE), PROPOSAL,
)  # fmt: skip
_COUNTS, _DAYS, _SINGLE, _IMPOSSIBLE, _PLANTED = 14, 6, 4, 5, 15
_WITHIN_S = 900.0
"""A trial replays the month, on a machine that does other things, too."""


class _SeesOrder(ScriptedModel):
    """A model that fails if nothing that it obeys is in what it reads."""

    async def say(self, messages: Sequence[Mapping[str, str]]) -> str:
        assert not self.heard or any(ORDER in one["content"] for one in messages), "no order is planted there"
        return await super().say(messages)


def questions(made: SimulatedMonth) -> list[Known]:
    """Return sixty: counts, days, trends, money, verdicts, single cases, the lake, a rule, planted orders."""
    return [
        *islice(ask.counts(made), _COUNTS), *islice(ask.days(made), _DAYS), *ask.trends(made), *ask.money(made),
        *ask.verdicts(made.verdicts), *ask.single(made, _SINGLE), *ask.in_lake(made.decisions), ask.tried(made.decisions),
        *ask.impossible(_IMPOSSIBLE), *ask.planted(made, ORDER, LIES, _PLANTED),
    ]  # fmt: skip


def small(made: Plain) -> list[Known]:
    """Return those that need no lake and no events."""
    counted = [*ask.counts(made), *ask.days(made), *ask.trends(made), *ask.money(made)]
    return [*counted, *ask.single(made, _SINGLE), *ask.impossible(2), *ask.planted(made, ORDER, LIES, _PLANTED)]


def wrong(store: Store, asked: Sequence[Known], sources: Sources = STORE_ONLY) -> list[str]:
    """Return the questions that were answered wrong, or in which a lie reached the reader."""
    return [f"{one.question} {lie}" for one in asked for lie in (None, *LIES) if not _is_right(store, one, lie, sources)]


def _is_right(store: Store, one: Known, lie: Turn | None, sources: Sources) -> bool:
    if lie is not None and not one.turns:
        return True  # code has answered: no model is asked
    turns = one.turns if lie is None else (*one.turns[:1], lie)
    model = (_SeesOrder if one.is_injected else ScriptedModel)(*(turns or (rows(),)))
    answer = Asker(lambda: model, _WITHIN_S, sources).ask(store, one.question, NOW, one.window)
    said = " ".join(sentence.text for sentence in answer.sentences)
    if lie is not None or one.holds is None:
        return not said and answer.proposal is None and LIE not in answer.why
    return one.holds in said


def hidden(store: Store, asked: Sequence[Known], sources: Sources = STORE_ONLY) -> list[str]:
    """Return what was asked where true rows of something else came, and the heading does not show it."""
    counted = [one for one in asked if one.is_counted]
    pairs = zip(counted, counted[1:] + counted[:1], strict=True)
    return [
        one.question for one, other in pairs if not _shows(_heading(store, one, other, sources), _heading(store, one, one, sources), other)
    ]


def _heading(store: Store, one: Known, looked: Known, sources: Sources) -> str:
    answer = Asker(lambda: ScriptedModel(*looked.turns), _WITHIN_S, sources).ask(store, one.question, NOW, one.window)
    return answer.sentences[0].text.partition(": ")[0]


def _shows(heading: str, right: str, other: Known) -> bool:
    turn = other.turns[0]
    assert not isinstance(turn, str)
    words = [word for item in turn["arguments"].get("where", {}).items() for word in item]
    named = all(word.replace("_", " ") in heading.replace("_", " ") for word in (*words, turn["arguments"]["window"]))
    return named and heading != right


def sources_of(made: SimulatedMonth, folder: Path) -> Sources:
    """Return the lake of the month, and its events to try rules on."""
    os.environ[PSEUDONYM_KEY] = KEY.decode()
    replay = ["rules", "try", "--json", "--events", str(made.events), "--decisions", str(made.decided)]
    trials = RuleTrials(NAMES, [sys.executable, "-m", "flink_job.cli", *replay], limit_s=_WITHIN_S)
    return Sources(DirectLake(str(folder / "lake")), trials)


def main() -> int:
    """Ask all of them, and print what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.assistant")
    parser.add_argument("--events", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(StoreSettings(url=f"sqlite:{folder}/store.db")).open()
        made = simulated_month(store, Path(folder), args.events)
        asked, sources = questions(made), sources_of(made, Path(folder))
        found, unseen = wrong(store, asked, sources), hidden(store, asked, sources)
        store.close()
    print(f"{len(made.decisions):,} events, {len(made.alerts)} flagged, {len(made.incidents)} incidents")
    planted = sum(one.is_injected for one in asked)
    print(
        f"{len(asked)} questions, {planted} over planted orders, a good model and {len(LIES)} liars: {len(found)} wrong", *found, sep="\n"
    )
    count = sum(one.is_counted for one in asked)
    print(f"{count} answered with true rows of something else: {len(unseen)} do not show it", *unseen, sep="\n")
    return 1 if found or unseen else 0


if __name__ == "__main__":
    raise SystemExit(main())
