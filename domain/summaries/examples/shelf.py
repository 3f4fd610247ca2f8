"""The document in which examples are handed from who keeps them to who asks a model: bounded, and signed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from domain.control.signature import ControlKeys
from domain.json_text import as_json
from domain.summaries.examples.example import Example

MOST, MOST_BYTES = 120, 256 * 1024
"""Examples of one document, and its bytes."""
_WHAT = "summary_examples"
"""What is signed: a record of another kind with the same key is none of these."""


def shelf_text(examples: Iterable[Example], keys: ControlKeys | None = None, key: str = "") -> str:
    """Return the document of as many of the examples as it may hold, the first of them first."""
    documents = [example.to_document() for example in examples][:MOST]
    while len(text := as_json(_signed(documents, keys, key))) > MOST_BYTES:
        documents = documents[: len(documents) // 2]
    return text


def examples_in(text: str, keys: ControlKeys | None = None) -> list[Example]:
    """Return the examples of a document. With `keys` it must be signed.

    Raise ValueError or `Rejected` for what is no such document; an example that is none is left out.
    """
    if len(text) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes")
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("kind") != _WHAT or not isinstance(document.get("examples"), list):
        raise ValueError("it is no document of examples")
    if keys is not None:
        keys.check(document)
    return [found for one in document["examples"][:MOST] if (found := _read(one))]


def _signed(documents: list[dict[str, Any]], keys: ControlKeys | None, key: str) -> dict[str, Any]:
    document = {"kind": _WHAT, "examples": documents}
    return keys.signed(document, key) if keys is not None else document


def _read(document: Mapping[str, Any]) -> Example | None:
    try:
        return Example.read(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
