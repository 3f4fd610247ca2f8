"""docs/settings.md is what the settings' docstrings say, and config.yaml lists every setting."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flink_job.settings.config_file import COMMENTED, LEFT_OUT, config_text
from flink_job.settings.page import field_texts, settings_page, undocumented
from tests import ROOT

PAGE = ROOT / "docs" / "settings.md"


@dataclass(frozen=True)
class Sample:
    """Documented here and there."""

    one: int = 1
    """The first
    of all.
    """
    two: int = 2
    three: int = 3
    """The last."""


def test_the_text_of_a_field_is_the_docstring_after_it() -> None:
    assert field_texts(Sample) == {"one": "The first of all.", "three": "The last."}


def test_the_page_is_the_one_that_the_docstrings_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "make docs"


def test_every_setting_has_a_docstring() -> None:
    assert undocumented() == []


def test_config_yaml_is_the_one_that_the_docstrings_make() -> None:
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == config_text(), "make docs"


def test_config_yaml_holds_every_setting() -> None:
    """That each line is a setting with its default is in `test_settings`."""
    shown = {line.strip(" #").partition(":")[0] for line in config_text().splitlines()}
    headings = re.findall(r"^### (\S+)$", settings_page(), re.MULTILINE)
    assert {name for name in headings if name.rpartition(".")[2] not in shown} == LEFT_OUT
    assert COMMENTED.keys() <= set(headings)


def test_each_setting_has_one_heading() -> None:
    headings = re.findall(r"^### (\S+)$", settings_page(), re.MULTILINE)
    assert len(headings) == len(set(headings)) > 80
    assert {"model", "graph.entities", "train.costs.review", "incidents.triage.much_money", "kafka.jars"} <= set(headings)
