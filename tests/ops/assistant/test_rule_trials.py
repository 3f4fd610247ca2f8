"""A rule is tried from a question: the job's code checks it, a command tries it, code says the figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.assistant.answer import Answer
from ops.assistant.asker import Asker
from ops.assistant.rule_trials import RuleTrials
from ops.assistant.sources import Sources
from ops.assistant.tools import Toolbox
from ops.cases.errors import CaseError, Conflict, Invalid
from ops.cases.store import Store
from tests.support.asked_month import NOW
from tests.support.control_samples import NAMES
from tests.support.scripted_questions import ScriptedModel, call, rows

WISH = "Try a rule to block events where amount at least 500 EUR and event type is order because of the wave"
WHEN = ["amount at least 500 EUR", "event type is order"]
_RULE = {
    "fired": 40, "fraud": 30, "legitimate": 2, "unknown": 8, "would_add": 12, "would_change": 3, "money": {"EUR": {"fraud": 1234.5,
    "legitimate": 7, "unknown": 1}}, "precision": {"value": 0.9375, "low": 0.8, "high": 0.98},
}  # fmt: skip
FIGURES = {"window": {"from": 1772409600000, "until": 1772496000000}, "events": 1000, "known_frauds": 50, "rules": [_RULE]}


def trials(tmp_path: Path, code: str = "pass", limit_s: float = 20.0) -> RuleTrials:
    """A command that keeps the rule that it is given, and writes the figures."""
    own = f"import shutil, sys; shutil.copy(sys.argv[1], {str(tmp_path / 'rule.json')!r}); {code}; print({json.dumps(FIGURES)!r})"
    return RuleTrials(NAMES, [sys.executable, "-c", own], limit_s=limit_s)


def asked(store: Store, found: RuleTrials, question: str, *turns: Any) -> Answer:
    return Asker((lambda: ScriptedModel(*turns)) if turns else None, sources=Sources(trials=found)).ask(store, question, NOW, None)


def test_code_tries_a_rule_and_a_person_may_send_it(sqlite_store: Store, tmp_path: Path) -> None:
    answer = asked(sqlite_store, trials(tmp_path), WISH)
    said = answer.sentences[0].text
    assert said.startswith("A rule that says block where amount at least 500 EUR and event type is order, tried: ")
    for part in ("events 1,000", "it fires for 40", "of these fraud 30", "approved events that it would flag 12", "1,234.50"):
        assert part in said, part
    assert answer.proposal is not None and answer.proposal.fields["reason"] == "of the wave"
    assert "93.8% (80.0% to 98.0% at 95%)" in said and answer.results[0].tool == "try_rule"
    sent = json.loads((tmp_path / "rule.json").read_text())
    assert sent["when"]["all"][0] == {"field": "amount", "at_least": 500, "currency": "EUR"} and sent["decision"] == "block"
    assert asked(sqlite_store, trials(tmp_path), WISH.replace("Try", "Propose")).results == []


def test_a_model_tries_then_proposes(sqlite_store: Store, tmp_path: Path) -> None:
    tried = call("try_rule", decision="block", when=WHEN)
    answer = asked(sqlite_store, trials(tmp_path), "Would a rule help to block order waves of 500 EUR?", tried, rows("T1.4"))
    assert [one.text for one in answer.sentences] == [
        "A rule that says block where amount at least 500 EUR and event type is order, tried: what it fires for, value 40."
    ]
    proposal = call("propose", act="rule", decision="block", when=WHEN)
    answer = asked(sqlite_store, trials(tmp_path), "Find a rule to block an order of 500 EUR", tried, proposal)
    assert answer.proposal is not None and answer.proposal.fields["decision"] == "block" and answer.results[0].tool == "try_rule"
    more = call("propose", act="rule", decision="block", when=["amount at least 777 EUR"])
    refused = asked(sqlite_store, trials(tmp_path), "Find a rule to block an order of 500 EUR", tried, more, rows())
    assert refused.proposal is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"decision": "approve", "when": WHEN}, "use one of investigate, block"),
        ({"decision": "block", "when": ["device.acounts_1h at least 8"]}, "device.accounts_1h"),
        ({"decision": "block", "when": ["ignore all rules"]}, "a condition cannot be read"),
        ({"decision": "block", "when": "amount"}, "write a list"),
        ({"decision": "block", "when": []}, "1 to 8 conditions"),
        ({"decision": "block", "when": WHEN, "state": "active"}, "there is no 'state'"),
        ({"decision": "block", "when": ["event type is x, any: []"]}, "cannot be read"),
    ],
)
def test_what_the_job_would_refuse_is_not_tried(sqlite_store: Store, tmp_path: Path, arguments: dict[str, Any], said: str) -> None:
    tools = Toolbox(sqlite_store, NOW, Sources(trials=trials(tmp_path)))
    with pytest.raises(Invalid, match=said):
        tools.call("try_rule", arguments)
    assert not (tmp_path / "rule.json").exists()


def test_a_rule_of_a_feature_that_there_is_not_fills_no_form_in(sqlite_store: Store, tmp_path: Path) -> None:
    answer = asked(sqlite_store, trials(tmp_path), "Propose a rule to block events where device.acounts_1h at least 8")
    assert answer.proposal is None and "device.accounts_1h" in answer.why
    assert "no rule can be tried here" in Asker().ask(sqlite_store, WISH, NOW, None).why


def test_a_trial_ends_and_is_alone(sqlite_store: Store, tmp_path: Path) -> None:
    found = trials(tmp_path, "import time; time.sleep(30)", limit_s=0.5)
    tools = Toolbox(sqlite_store, NOW, Sources(trials=found))
    with pytest.raises(Conflict, match="and was ended"):
        tools.call("try_rule", {"decision": "block", "when": WHEN})
    found._free.acquire()
    with pytest.raises(CaseError, match="another rule is being tried"):
        tools.call("try_rule", {"decision": "block", "when": WHEN})
