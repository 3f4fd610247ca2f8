"""config.yaml, made from the settings and their docstrings: `python -m flink_job.settings.config_file >
config.yaml`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any, get_type_hints

import yaml

from flink_job.settings.page import class_text, field_texts, section_of
from flink_job.settings.settings import Settings

INTRODUCTION = """\
# The settings of ringwatch, each with its default. What is left out has the default; unknown names are refused.
# docs/settings.md says more of each. This file is made by `make docs`: keep your own settings in another file,
# `--config mine.yaml`.
# Secrets come from the environment: RINGWATCH_PSEUDONYM_KEY, RINGWATCH_LLM_API_KEY, RINGWATCH_REDIS_URL.
"""
COMMENTED = {"model": "path/to/artifact", "kafka.jars": "deploy/jars"}
"""Settings whose default is a path of the installation, with the value that is shown."""
LEFT_OUT = {"llm.api_key"}
"""Refused in a file: it is a secret."""
_WIDTH = 109


def config_text() -> str:
    """Return config.yaml as text: a comment of one sentence above each setting."""
    return "\n".join([INTRODUCTION, *_lines(Settings, "", 0)]) + "\n"


def _lines(kind: type, path: str, depth: int) -> Iterator[str]:
    hints, texts = get_type_hints(kind, include_extras=True), field_texts(kind)
    for item in sorted(fields(kind), key=lambda item: depth == 0 and section_of(hints[item.name]) is not None):
        name = f"{path}{item.name}"
        section = section_of(hints[item.name])
        if section is not None:
            if depth == 0:
                yield ""
            yield from _comment(class_text(section), depth)
            yield f"{'  ' * depth}{item.name}:"
            yield from _lines(section, f"{name}.", depth + 1)
        elif name not in LEFT_OUT:
            yield from _comment(texts.get(item.name, ""), depth)
            yield f"{'  ' * depth}{_setting(item, name)}"


def _comment(text: str, depth: int) -> list[str]:
    """Return the first sentence of a docstring as lines of a comment."""
    begin = f"{'  ' * depth}# "
    return textwrap.wrap(_first_sentence(text), _WIDTH, initial_indent=begin, subsequent_indent=begin, break_on_hyphens=False)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=(?<!e\.g)\.) ", text, maxsplit=1)[0]


def _setting(item: Field[Any], name: str) -> str:
    if name in COMMENTED:
        return f"# {item.name}: {COMMENTED[name]}"
    value: Any = item.default_factory() if item.default_factory is not MISSING else item.default
    plain = list(value) if isinstance(value, tuple) else value
    shown = yaml.safe_dump(plain, default_flow_style=True, width=1000).removesuffix("...\n").strip()
    return f"{item.name}: {shown}"


if __name__ == "__main__":
    print(config_text(), end="")
