"""What a summary claims, against the alerts themselves: every number with its noun and verb."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from domain.decisions.decision import Decision
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.offline_score import score_files

EVENTS = 3_000
WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
N = rf"(?:{'|'.join(sorted(WORDS, key=len, reverse=True))}|[\d,]+)"
TYPES = {
    "login": "login", "account change": "account_change", "sign-up": "signup", "order": "order", "payment": "payment",
    "refund request": "refund_request",
}  # fmt: skip
KINDS = {"device": "device", "address": "address", "payment instrument": "payment", "IP address": "ip", "merchant": "merchant"}
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
NAMES = "(?:a device farm|a lone account|an account takeover|card testing|refund abuse|a reshipping address|a ring of no known pattern)"
TO_DO = r"(?:Block|Let a senior|Ask the account|Watch it)[^.]*"


def number(text: str) -> int:
    return WORDS.index(text.lower()) + 1 if text.lower() in WORDS else int(text.replace(",", ""))


def singular(noun: str) -> str:
    return re.sub(r"^an? ", "", noun) if re.match("an? ", noun) else re.sub(r"(?<=ss)es$|(?<!s)s$", "", noun)


class Oracle:
    """Counts over the alerts of one incident, and the sentences that they carry."""

    def __init__(self, alerts: list[Decision], merged: int) -> None:
        self.alerts, self.merged = alerts, merged
        self.types = Counter(one.event_type for one in alerts)
        self.checked = 0

    def distinct(self, kind: str) -> int:
        return len({one.entities[kind] for one in self.alerts if kind in one.entities})

    def most_shared(self, kind: str) -> int:
        return Counter(one.entities.get(kind) for one in self.alerts if kind in one.entities).most_common(1)[0][1]

    def holds(self, claim: str, said: str, true: int) -> None:
        self.checked += 1
        assert number(said) == true, f"{claim!r}: {said} is {true}"

    def check(self, explanation: str) -> None:
        text = re.sub(r" \[F\d+\]", "", explanation)
        for sentence in re.split(r"(?<=[^\d])\. |(?<=\d)\. (?=[A-Z])|\.$", text):
            if sentence:
                self.sentence(sentence)

    def sentence(self, said: str) -> None:
        rules = (
            (rf"(?P<n>{N}) accounts? uses? (?P<things>.+?)(?: between them)?: {NAMES}", self.uses),
            (rf"(?P<n>{N}) accounts? (?:are linked|is alone): {NAMES}", self.accounts),
            (rf"(?P<n>{N}) accounts? that nothing connects (?P<rest>raised .*)", self.unconnected),
            (r"(?:It|They) (?P<rest>raised .*)", lambda match: self.raised(match["rest"])),
            (r"Flagged (?P<what>orders and payments|orders|payments|refund requests) come to (?P<sums>.*)", self.sums),
            (rf"(?P<n>{N}) other rings? (?:has|have) become part of it", lambda match: self.holds(said, match["n"], self.merged)),
            (r"It is a (?:weak case on its own|list to go through one by one)", lambda match: None),
            (TO_DO, lambda match: None),
        )
        for pattern, check in rules:
            if match := re.fullmatch(pattern, said, re.I):
                check(match)
                return
        for clause in said.split("; "):
            self.clause(clause)

    def accounts(self, match: re.Match[str]) -> None:
        self.holds(match[0], match["n"], self.distinct("account"))

    def uses(self, match: re.Match[str]) -> None:
        self.accounts(match)
        for count, noun in re.findall(rf"({N}) ([A-Za-z ]+?)(?= and |$)", match["things"]):
            self.holds(match[0], count, self.distinct(KINDS[singular(noun)]))

    def unconnected(self, match: re.Match[str]) -> None:
        self.accounts(match)
        self.raised(match["rest"])

    def raised(self, said: str) -> None:
        match = re.match(rf"raised ({N}) alerts?", said)
        assert match, said
        self.holds(said, match[1], len(self.alerts))
        times = [one.time_ms for one in self.alerts]
        if within := re.search(rf"within ({N}) (second|minute|hour|day)s?", said):
            span, unit = (max(times) - min(times)) // 1000, SECONDS[within[2]]
            assert (number(within[1]) - 1) * unit < max(1, span) <= number(within[1]) * unit, said
        else:
            assert max(times) - min(times) < 1000, said
        listed = re.findall(rf"(both|all|{N}) for (an? [a-z -]+?|[a-z -]+?)(?= on |,| and |$)", said)
        one = re.match(r"raised one alert for (an? [a-z -]+?) on ", said)
        for count, noun in listed or ([("one", one[1])] if one else []):
            true = self.tiny() if "tiny" in noun else self.types[TYPES[singular(noun)]]
            self.holds(said, {"both": "two", "all": str(len(self.alerts))}.get(count, count), true)

    def tiny(self) -> int:
        return sum(one.event_type == "payment" and (one.amount or 9.0) <= 5.0 for one in self.alerts)

    def sums(self, match: re.Match[str]) -> None:
        sums, _, refunds = match["sums"].partition(", flagged refund requests to ")
        wanted = {"orders": {"order"}, "payments": {"payment"}, "refund requests": {"refund_request"}}
        for what, said in ((match["what"], sums), ("refund requests", refunds)):
            types = wanted.get(what, {"order", "payment"})
            self.all_currencies(match[0], said, types)
            for amount, currency in re.findall(r"([\d,.]+\d|\d) ([A-Z]{3})", said):
                self.checked += 1
                amounts = [(one.entities["account"], one.amount, one.event_type) for one in self.alerts
                           if one.event_type in types and one.currency == currency and one.amount is not None]  # fmt: skip
                # an order and its payment are one purchase, where both are flagged
                total = sum(amount for _, amount, _ in amounts)
                once = sum({(account, amount): amount for account, amount, _ in amounts}.values())
                value = float(amount.replace(",", ""))
                assert once - 0.01 <= value <= total + 0.01, (match[0], once, total)
                others = {"order", "payment"} - types if "refund" not in what else set()
                assert not any(one.event_type in others for one in self.alerts), match[0]

    def currencies(self, types: set[str]) -> set[str]:
        return {one.currency or "" for one in self.alerts if one.event_type in types and one.amount}

    def all_currencies(self, claim: str, said: str, types: set[str]) -> None:
        """Every currency of these events has its sum in the sentence, or is counted among the rest."""
        named, more = re.findall(r"[\d,.]*\d (in no named currency|[A-Z]{3})", said), re.search(rf"({N}) more sums? in ", said, re.I)
        assert len(named) == 3 if more else len(named) <= 3, claim
        self.holds(claim, str(len(named) + (number(more[1]) if more else 0)), len(self.currencies(types)))

    def clause(self, said: str) -> None:
        blocks = sum(one.outcome == "block" for one in self.alerts)
        if match := re.fullmatch(rf"({N}) of the ({N}) alerts says? block", said, re.I):
            self.holds(said, match[1], blocks)
            self.holds(said, match[2], len(self.alerts))
        elif match := re.fullmatch(rf"(?:the one alert says|both alerts say|all ({N}) alerts say) block", said, re.I):
            assert blocks == len(self.alerts), said
        elif match := re.fullmatch(rf"one (.+?) is in (?:all ({N})|({N}) of (?:all|the) ({N}))(?: alerts)?", said, re.I):
            self.holds(said, match[2] or match[3], self.most_shared(KINDS[match[1]]))
            self.holds(said, match[4] or match[2], len(self.alerts))
        else:
            assert re.match("what weighed most: ", said, re.I), f"no rule reads {said!r}"

    def headline(self, said: str) -> None:
        for count, noun in re.findall(r"([\d,]+) (account|alert)s?\b", said):
            self.holds(said, count, self.distinct("account") if noun == "account" else len(self.alerts))
        assert not re.search(r" within | sharing ", said)
        sums = [*self.currencies({"order", "payment"}), *self.currencies({"refund_request"})]
        assert said.endswith(" and more") == (len(sums) > 1), (said, sums)

    def facts(self, facts: Iterable[Mapping[str, Any]]) -> None:
        for fact in facts:
            match = re.fullmatch(r"in (?:(\d+) of (\d+)|both|all (\d+)|the one) alerts? .*", fact["text"])
            if fact["name"].startswith("reason_"):
                assert match, fact
                true = sum(f"reason_{reason.code}" == fact["name"] for one in self.alerts for reason in one.reasons)
                assert int(match[1] or match[3] or len(self.alerts)) == true, fact
                assert int(match[2] or match[3] or len(self.alerts)) == len(self.alerts), fact


@pytest.mark.parametrize("seed", [3, 11, 29])
def test_a_summary_says_what_its_alerts_say(seed: int, tmp_path: Path) -> None:
    events, out, told = (tmp_path / f"{name}.jsonl" for name in ("events", "decisions", "incidents"))
    documents = simulate(SimulatorSettings(events=EVENTS, seed=seed)).documents()
    events.write_text("".join(json.dumps(document) + "\n" for document in documents))
    graph, pseudonyms = GraphSettings(), Pseudonyms(b"a key for the tests")
    decider = Decider(graph, load_scorer(PRETRAINED, graph), PolicySettings(), pseudonyms)
    replay = Replay(graph, EventParser(graph, pseudonyms))
    score_files(replay, decider, [events], out, incidents=(IncidentReplay(IncidentSettings()), told))
    decisions = {one.event_id: one for one in map(Decision.of, map(json.loads, out.read_text().splitlines()))}
    checked = 0
    for incident in map(json.loads, told.read_text().splitlines()):
        if "explanation" not in incident or incident["alerts"] != len(incident["event_ids"]):
            continue
        facts = {fact["name"]: fact for fact in incident["evidence"]["facts"]}
        oracle = Oracle([decisions[event_id] for event_id in incident["event_ids"]], facts.get("merged_rings", {"value": 0})["value"])
        oracle.headline(incident["headline"])
        oracle.check(incident["explanation"])
        oracle.facts(facts.values())
        checked += oracle.checked
    assert checked > 100
