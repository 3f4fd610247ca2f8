"""The compiled rules run by the interpreter, where each function can be replaced by another one."""

from __future__ import annotations

import ctypes
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from domain import step
from domain.features import event_columns, extractor, label_views, link_columns, node_columns, row_cells, row_writer, sharing_columns
from domain.kernel import raw_bytes
from domain.memory import (
    currency_habit,
    event_ids,
    habit,
    label_book,
    label_learning,
    learning,
    link,
    meetings,
    place_record,
    ring_labels,
    trail_blocks,
)
from domain.rules import entry_table, program, rule_set
from domain.visits import beginning, entity, labels, lateness, place, record_views, stages

_RULES: tuple[ModuleType, ...] = (
    raw_bytes,
    link,
    trail_blocks,
    habit,
    currency_habit,
    meetings,
    learning,
    event_ids,
    label_book,
    label_learning,
    place_record,
    ring_labels,
    lateness,
    record_views,
    beginning,
    labels,
    entity,
    place,
    stages,
    step,
)
_COLUMNS: tuple[ModuleType, ...] = (
    row_cells,
    event_columns,
    label_views,
    node_columns,
    sharing_columns,
    link_columns,
    row_writer,
    extractor,
)
_OF_RULES: tuple[ModuleType, ...] = (program, rule_set, entry_table)
MODULES = (*_RULES, *_COLUMNS, *_OF_RULES)


def _bytes_at(address: int, size: int) -> NDArray[np.uint8]:
    return np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))


def _items_at(address: int, count: int, dtype: Any) -> NDArray:
    size = int(count) * np.dtype(dtype).itemsize
    return _bytes_at(int(address), size).view(dtype) if size else np.zeros(0, dtype)


def _array_at(data: NDArray[np.uint8], at: int, count: int, dtype: Any) -> NDArray:
    return data[at : at + count * np.dtype(dtype).itemsize].view(dtype)


PRIMITIVES = {"bytes_at": _bytes_at, "items_at": _items_at, "array_at": _array_at}


def interpret(patch: pytest.MonkeyPatch) -> None:
    """From now on, and until `patch` is undone, nothing of a step or of its feature columns is compiled."""
    for module in MODULES:
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func"):
                patch.setattr(module, name, PRIMITIVES.get(name, value.py_func))
