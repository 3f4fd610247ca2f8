"""Which of the values in an answer is what was asked for, however the model has wrapped it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from domain.summaries.objects import objects_in, string_of

_DEPTH = 4  # of what may be wrapped around a summary: {"result": {"summary": {...}}}, JSON within a string


def values_of(text: str, depth: int = _DEPTH) -> list[dict[str, Any]]:
    """Return the objects in a text, in order; those of a text that is JSON within a JSON string, too."""
    found = [each.value for each in objects_in(text)]
    if found or not depth:
        return found
    inner = string_of(text)
    return values_of(inner, depth - 1) if inner is not None else []


def wanted_one(values: Iterable[dict[str, Any]], names: Collection[str]) -> dict[str, Any] | None:
    """Return the last object with all of `names`, else the last with any of them."""
    last: dict[str, Any] | None = None
    for value in _unwrapped(values, names):
        if last is None or _has_all(value, names) or not _has_all(last, names):
            last = value
    return last


def wanted_several(values: Collection[dict[str, Any]], names: Collection[str]) -> dict[str, Any] | None:
    """Return {"summaries": [item, ...]}: those of the last object that lists any, else the items found alone.

    Those found alone are the whole ones of an answer that was cut.
    """
    lists = [items for value in values if (items := _items(value, names)) is not None]
    alone = [value for value in values if "incident" in value and _has_any(value, names)]
    filled = [items for items in lists if items]
    if filled or alone:
        return {"summaries": filled[-1] if filled else alone}
    return {"summaries": []} if lists else None


def _items(value: Mapping[str, Any], names: Collection[str], depth: int = _DEPTH) -> list[Any] | None:
    """Return the items that an object lists: under "summaries", or each under its incident."""
    inner = value.get("summaries")
    if isinstance(inner, list):
        return inner
    inner = inner if isinstance(inner, dict) else value
    if keyed := [{"incident": key, **item} for key, item in inner.items() if isinstance(item, dict) and _has_any(item, names)]:
        return keyed
    for child in _children(value) if depth else ():
        if (items := _items(child, names, depth - 1)) is not None:
            return items
    return None


def _unwrapped(values: Iterable[dict[str, Any]], names: Collection[str], depth: int = _DEPTH) -> Iterator[dict[str, Any]]:
    for value in values:
        if _has_any(value, names):
            yield value
        elif depth:
            yield from _unwrapped(_children(value), names, depth - 1)


def _children(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects directly within a wrapper; of a list its only one, without its incident's name."""
    for child in value.values():
        if isinstance(child, list) and len(child) == 1 and isinstance(child[0], dict):
            yield {name: inner for name, inner in child[0].items() if name != "incident"}
        elif isinstance(child, dict):
            yield child
        elif isinstance(child, str) and child.lstrip()[:1] == "{":
            yield from values_of(child, 0)


def _has_any(value: Mapping[str, Any], names: Collection[str]) -> bool:
    return not value.keys().isdisjoint(names)


def _has_all(value: Mapping[str, Any], names: Collection[str]) -> bool:
    return value.keys() >= set(names)
