"""docs/rules.md: every rule and every condition that it shows can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.graph import GraphSettings
from domain.rules.language import rule_of
from domain.rules.names import RuleNames
from flink_job.commands.rules_files import rule_documents
from tests import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
NAMES = RuleNames.of(GraphSettings(categorical_attributes=("channel",)))
RULES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
CONDITIONS = re.findall(r"^\| `(\{[^`]+\})`", PAGE, re.MULTILINE)


@pytest.mark.parametrize("text", RULES)
def test_a_rule(text: str, tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text(text)
    for document in rule_documents(tmp_path / "rule.yaml"):
        assert rule_of(document, NAMES).id


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition(text: str, tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text(f"when: {text}\ndecision: block\nid: R1\nversion: 1\ntext: t\nby: b\nreason: r\n")
    for document in rule_documents(tmp_path / "rule.yaml"):
        assert rule_of(document, NAMES).id == "R1"


def test_there_are_some() -> None:
    assert len(RULES) == 1
    assert len(CONDITIONS) == 10
