"""Java's way to a function: replaced where PyFlink's wrapper is found, left alone elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from udfs.engine.direct_calls import call_directly


def test_outside_of_flink_nothing_is_replaced() -> None:
    assert call_directly(lambda value: iter(())) is None


class _Operation:
    """Looks like PyFlink's, by its module's name."""

    def __init__(self, operations: int) -> None:
        self._operations = [None] * operations

    def process_element(self, value: str) -> Any:
        yield f"usual {value}"

    def open(self, process: Any) -> Any:
        return call_directly(process)


_Operation.__module__ = "pyflink.fn_execution.embedded.operations"


@pytest.mark.parametrize(("operations", "expected"), [(1, ["direct"]), (2, ["usual 1"])])
def test_java_calls_the_function_itself_unless_others_are_chained_behind_it(operations: int, expected: list[str]) -> None:
    operation = _Operation(operations)
    usual = operation.open(lambda value: iter(["direct"]))
    assert list(operation.process_element("1")) == expected
    if usual is not None:
        assert list(usual("1")) == ["usual 1"]
