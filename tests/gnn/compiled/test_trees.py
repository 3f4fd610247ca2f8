"""Many trees at once against a walk down each of them, and against XGBoost itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn.card.card import ArtifactError
from gnn.compiled.trees import LEAVES, CompiledTrees, trees_margin
from gnn.models.boosted_trees import WEIGHTS, BoostedTrees

COLUMNS = 3
Values = st.sampled_from([-2.5, -1.0, 0.0, 1e-3, 1.0, 7.0])  # so few that a value often meets its threshold


@st.composite
def grown(draw: st.DrawFn) -> dict[str, list]:
    """A tree of any shape with at most `LEAVES` leaves, as XGBoost writes it."""
    tree: dict[str, list] = {name: [] for name in ("left_children", "right_children", "split_indices", "split_conditions")}

    def add(leaves: int) -> int:
        node = len(tree["left_children"])
        for name, value in zip(tree, (-1, -1, draw(st.integers(0, COLUMNS - 1)), draw(Values)), strict=True):
            tree[name].append(value)
        if leaves > 1:
            on_the_left = draw(st.integers(1, leaves - 1))
            tree["left_children"][node], tree["right_children"][node] = add(on_the_left), add(leaves - on_the_left)
        return node

    add(draw(st.sampled_from([1, 2, 3, 5, LEAVES])))
    return tree


def walked(tree: dict[str, list], row: np.ndarray) -> float:
    node = 0
    while tree["left_children"][node] >= 0:
        below = row[tree["split_indices"][node]] < np.float32(tree["split_conditions"][node])
        node = tree["left_children" if below else "right_children"][node]
    return float(tree["split_conditions"][node])


def one_by_one(trees: CompiledTrees, table: np.ndarray) -> list[np.float32]:
    nodes, alive = trees.by_column(), np.zeros(len(trees.leaves), np.uint32)
    return [trees_margin(row, nodes, trees.leaves.ravel(), trees.base, alive) for row in table]


@given(st.lists(grown(), max_size=4), st.sampled_from([0, 1, 63, 64, 65, 130]), st.integers(0, 99))
def test_each_tree_gives_the_leaf_that_a_walk_ends_in(trees: list[dict[str, list]], size: int, seed: int) -> None:
    table = np.random.default_rng(seed).choice([-2.5, -1.0, 0.0, 0.5, 1e-3, 1.0, 9.0], (size, COLUMNS)).astype(np.float32)
    expected = np.full(size, np.float32(0.25))
    for tree in trees:
        expected += np.array([walked(tree, row) for row in table], np.float32)
    compiled = CompiledTrees(trees, 0.25)
    margins = compiled.margins(table)
    assert margins.dtype == np.float32
    assert np.array_equal(margins, expected)
    assert np.array_equal(one_by_one(compiled, table), expected)


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_a_boosters_margins_are_xgboosts_to_the_last_bit(depth: int) -> None:
    import xgboost

    draw = np.random.default_rng(depth)
    table = draw.normal(size=(700, 6)).astype(np.float32)
    table[:, 4] = np.round(table[:, 4])
    fraud = (table[:, 0] + table[:, 4] + draw.normal(size=700) > 2.0).astype(np.float32)
    parameters: dict[str, Any] = {"objective": "binary:logistic", "max_depth": depth, "seed": 0, "nthread": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(table, fraud), 30)
    expected = booster.inplace_predict(table, predict_type="margin")
    assert np.array_equal(CompiledTrees.of(booster).margins(table), expected)
    assert np.array_equal(CompiledTrees.of(booster).margins(np.asfortranarray(table)), expected)
    assert np.array_equal(one_by_one(CompiledTrees.of(booster), table), expected)


def test_a_tree_with_too_many_leaves_is_refused() -> None:
    size = 2 * LEAVES + 1  # node 2k splits into the leaf 2k + 1 and the node 2k + 2
    left, right = ([node + step if node % 2 == 0 and node < size - 1 else -1 for node in range(size)] for step in (1, 2))
    tree = {"left_children": left, "right_children": right, "split_indices": [0] * size, "split_conditions": [0.0] * size}
    with pytest.raises(ValueError, match="a tree has 33 leaves"):
        CompiledTrees([tree], 0.0)


def test_a_file_of_trees_with_too_many_leaves_is_refused(tmp_path: Path) -> None:
    import xgboost

    table = np.linspace(0.0, 1.0, 2 * LEAVES, dtype=np.float32)[:, None]
    parameters = {"objective": "binary:logistic", "max_depth": 6, "min_child_weight": 0, "lambda": 0, "nthread": 1}
    xgboost.train(parameters, xgboost.DMatrix(table, table[:, 0]), 1).save_model(tmp_path / WEIGHTS)
    with pytest.raises(ArtifactError, match=rf"{WEIGHTS} has trees .*at most {LEAVES} are allowed.*; train again with this release"):
        BoostedTrees.load(tmp_path)
