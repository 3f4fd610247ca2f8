"""docs/mapping.md and the parser of mappings name the same keys; every key is in an example, every example
loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gnn.table_import import TableError, load_mapping
from gnn.table_import.keys.mapping_file import ENTITY_KEYS, known_keys
from tests import ROOT

PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ALIKE = {
    "event_time": ("account_created_at", "label.time_column"),
    "merchant": (*(key for key in ENTITY_KEYS if key != "merchant"), "event_id", "currency"),
}
"""Keys of a kind that the page explains once: the first for all."""


def spread(keys: set[str]) -> set[str]:
    """The keys, with those of the other keys of their kind."""
    more = {
        f"{other}{key.removeprefix(first)}"
        for first, others in ALIKE.items()
        for key in keys
        if key.startswith(f"{first}.")
        for other in others
    }
    return (keys | more) - {"event_id.value", "account.value"}


def keys_of(document: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in document.items():
        key = f"{above}{name}"
        yield key
        if isinstance(value, dict) and key != "event_type.map":
            yield from keys_of(value, f"{key}.")


def test_the_tables_of_the_page_list_every_key_and_no_other() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert spread(set(listed)) == known_keys()


def test_every_key_is_in_an_example() -> None:
    used = {key for example in EXAMPLES for key in keys_of(yaml.safe_load(example))}
    assert spread(used) == known_keys()


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_loads(number: int, tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(EXAMPLES[number], encoding="utf-8")
    assert load_mapping(path).used


def test_known_keys_are_those_that_the_parser_takes(tmp_path: Path) -> None:
    """Every known key is in an example that loads; a key beside them is refused, at the top and in each
    section."""
    sections = {key.rpartition(".")[0] for key in known_keys() if "." in key}
    for section in ("", *sorted(sections)):
        document = yaml.safe_load(EXAMPLES[0])
        place = document
        for name in filter(None, section.split(".")):
            place[name] = {"column": place[name]} if isinstance(place.get(name), str) else place.get(name) or {}
            place = place[name]
        place["nonsense_key"] = 1
        path = tmp_path / "mapping.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        with pytest.raises(TableError, match=r"nonsense_key.* is not a known key"):
            load_mapping(path)


def test_help_names_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    from flink_job.cli import main

    with pytest.raises(SystemExit):
        main(["import", "--help"])
    assert "docs/mapping.md" in capsys.readouterr().out
