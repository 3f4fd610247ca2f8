"""Why threads are fixed: the same sums, whatever the machine offers and wherever arrays lie."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from gnn.card.calibration import calibrate
from gnn.models.autoencoder import Autoencoder, AutoencoderNetwork
from gnn.network.repeatable import repeatable


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info()} | {torch.get_num_threads()}


def test_all_libraries_are_held_and_set_free_again() -> None:
    before = threads(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with suppress(KeyError), repeatable(3):
        assert threads() == {3} and torch.are_deterministic_algorithms_enabled()
        raise KeyError
    assert (threads(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


def sums_of_numpy(table: np.ndarray) -> np.ndarray:
    weighted: np.ndarray = np.linspace(0.0, 1.0, len(table)) @ table
    return weighted


def sums_of_torch(table: np.ndarray) -> np.ndarray:
    table_of_sums: np.ndarray = (torch.from_numpy(table).T @ torch.from_numpy(table)).numpy()
    return table_of_sums


@pytest.mark.parametrize("sums", [sums_of_numpy, sums_of_torch])
def test_sums_are_the_same_with_any_number_of_threads(sums: Callable[[np.ndarray], np.ndarray]) -> None:
    table = np.random.default_rng(0).normal(size=(8192, 233))
    held, before = [], torch.get_num_threads()
    for number in (1, 2, 4):
        with threadpool_limits(limits=number):
            torch.set_num_threads(number)
            with repeatable(1):
                held.append(sums(table))
    torch.set_num_threads(before)
    assert all(np.array_equal(held[0], one) for one in held)


def shifted(array: np.ndarray, by: int) -> np.ndarray:
    """A copy that begins so many bytes after a multiple of 64, as an array that malloc hands out may."""
    room = np.empty(array.nbytes + 128, np.uint8)
    start = -room.ctypes.data % 64 + by
    copy = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[:] = array
    return copy


@pytest.mark.parametrize("by", [0, 8, 16, 24, 40])
def test_where_an_array_lies_does_not_matter(by: int) -> None:
    draw = np.random.default_rng(1)
    margin = draw.normal(size=5003)
    fraud, weight = draw.random(5003) < 0.1, 1.0 + draw.random(5003)
    table = draw.normal(size=(257, 33)).astype(np.float32)
    torch.manual_seed(0)
    network = AutoencoderNetwork(33)
    with repeatable(1):
        assert calibrate(shifted(margin, by), fraud, shifted(weight, by)) == calibrate(margin, fraud, weight)
        assert np.array_equal(Autoencoder(network).margins_of(shifted(table, by)), Autoencoder(network).margins_of(table.copy()))
