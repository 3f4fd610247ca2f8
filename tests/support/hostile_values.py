"""Values that a field of a document should not have, of every JSON type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, -1.5, 0.5, 2**31, 2**53, 2**63, -(2**63), 10**400, 1e300, -1e300, "", " ", "12", "-1", "NaN", "1e400", "0x10",
    "x" * 5_000, "<script>alert(1)</script>", "a\u202eb", "\ufffd", "${jndi:ldap://x}", "'; DROP TABLE actions; --", [], [1], ["a"], [[]],
    [{}], [None], {}, {"a": 1}, {"account": 1}, {"": ""}, {"id": {"deep": [{"er": 1}]}},
)  # fmt: skip


def spoilt(document: Mapping[str, Any], most_depth: int = 4) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the document with each hostile value in each of its fields, nested ones too, and without each."""
    yield from _spoilt(document, most_depth)


def _spoilt(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth and isinstance(value, Mapping):
        for name, inner in value.items():
            yield name, {other: its for other, its in value.items() if other != name}
            for hostile in HOSTILE:
                yield name, {**value, name: hostile}
            for path, made in _spoilt(inner, depth - 1):
                yield f"{name}.{path}", {**value, name: made}
    elif depth and isinstance(value, list) and value:
        for hostile in HOSTILE:
            yield "0", [hostile, *value[1:]]
        for path, made in _spoilt(value[0], depth - 1):
            yield f"0.{path}", [made, *value[1:]]
