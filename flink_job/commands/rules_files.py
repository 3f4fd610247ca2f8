"""Rules as people write them: YAML or JSON, one in a file or several."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from domain.errors import SettingError
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.events.json_object import distinct_keys
from domain.events.quoting import kind_of
from domain.paths import file_error

_MOST_BYTES = 200 * MAX_LINE_BYTES
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|nan)", re.IGNORECASE)


class _Loader(yaml.SafeLoader):
    """YAML as JSON means it: 22:00 and 2026-12-31 are texts, a key is not given twice, `on` is no truth."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("int", _INTEGER, "-+0123456789"),
    ("float", _DECIMAL, "-+.0123456789"),
    ("bool", re.compile("true|false"), "tf"),
    ("null", re.compile("null|~|"), ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern.pattern})$", _pattern.flags), list(_first))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    names = [key for key, _ in pairs]
    if not all(isinstance(name, str) for name in names):
        raise Rejected("line", "a name is wanted before each colon")
    return distinct_keys(pairs)


_JSON_TAGS = ("str", "int", "float", "bool", "null", "seq", None)
_Loader.yaml_constructors = {
    tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if (tag and tag.removeprefix("tag:yaml.org,2002:")) in _JSON_TAGS
}
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def rule_documents(path: Path) -> list[Mapping[str, Any]]:
    """Return the records of a file: one, an array, YAML documents between ---, or JSON lines.

    Raise `Rejected` for what is no record, `SettingError` for a file that cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingError(file_error(error)) from None
    if len(raw) > _MOST_BYTES:
        raise Rejected("line", f"{len(raw):,} bytes are too long for rules; is it a file of events?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("line", "not UTF-8 text") from None
    found = _json_documents(text) if path.suffix in (".json", ".jsonl") else _yaml_documents(text)
    records = [one for document in found for one in (document if isinstance(document, list) else [document])]
    if not records:
        raise Rejected("line", "it holds no rule")
    for record in records:
        if not isinstance(record, Mapping):
            raise Rejected("line", f"a rule is wanted, an object with id, version, when and decision, not {kind_of(record)}")
    return records


def _json_documents(text: str) -> list[Any]:
    try:
        return [json.loads(text, object_pairs_hook=distinct_keys)]
    except (ValueError, RecursionError):
        lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line, object_pairs_hook=distinct_keys) for line in lines]
    except (ValueError, RecursionError) as error:
        raise Rejected("line", f"not JSON: {error}") from None


def _yaml_documents(text: str) -> list[Any]:
    documents = []
    try:
        loader = _Loader(text)
        while loader.check_data():
            documents.append(loader.get_data())
    except yaml.YAMLError as error:
        raise Rejected("line", f"not YAML: {' '.join(str(error).split())}") from None
    except (RecursionError, ValueError):
        raise Rejected("line", "not YAML that a rule may be") from None
    return [document for document in documents if document is not None]
