"""The records of a text: YAML or JSON, one record or several."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from domain.events.event import Rejected
from domain.events.json_object import distinct_keys
from domain.events.quoting import kind_of
from ops.rules.yaml_fault import fault_of
from ops.rules.yaml_text import Loader


def records_of(text: str, *, is_json: bool = False) -> list[Mapping[str, Any]]:
    """Return the records of a text: one, an array, YAML documents between ---, or JSON lines.

    Raise `Rejected` for what is no record.
    """
    found = _json_documents(text) if is_json else _yaml_documents(text)
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
        loader = Loader(text)
        while loader.check_data():  # type: ignore[no-untyped-call]
            documents.append(loader.get_data())
    except yaml.YAMLError as error:
        raise Rejected("line", f"not YAML: {fault_of(error)}") from None
    except (RecursionError, ValueError):
        raise Rejected("line", "not YAML that a rule may be") from None
    return [document for document in documents if document is not None]
