"""Compiled functions, and where they are kept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.step import Step
from tests import ROOT
from tests.support.event_histories import SMALL_GRAPHS, histories
from tests.support.interpreted import interpret

TWICE = """
import sys
from domain.kernel.compiled import compiled, compiled_entry

@compiled
def inner(number):
    return 2 * number

@compiled_entry
def outer(number):
    return inner(number) + 1

assert outer(20) == 41
cache = outer.stats
print(sum(cache.cache_hits.values()), sum(cache.cache_misses.values()))
"""


def run(tmp_path: Path, cache: str, domain: Path = ROOT / "domain") -> list[int]:
    """(found in the cache, compiled) by a process of its own, whose code lies where Flink may have unpacked
    it.
    """
    script = tmp_path / "twice.py"
    script.write_text(TWICE)
    environment = {**os.environ, "PYTHONPATH": str(domain.parent), "RINGWATCH_CACHE": cache, "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def copy_of_domain(folder: Path) -> Path:
    copy = folder / "domain"
    copy.mkdir(parents=True)
    for source in (ROOT / "domain").rglob("*.py"):
        place = copy / source.relative_to(ROOT / "domain")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(source.read_bytes())
    return copy


def test_what_is_compiled_is_found_again_from_another_folder(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(tmp_path, str(cache)) == [0, 1]
    assert run(tmp_path, str(cache)) == [1, 0]
    assert run(tmp_path, str(cache), copy_of_domain(tmp_path / "unpacked")) == [1, 0]


def test_a_changed_source_never_meets_what_was_compiled_before(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    copy = copy_of_domain(tmp_path / "changed")
    assert run(tmp_path, str(cache)) == [0, 1]
    with (copy / "memory" / "ring_labels.py").open("a") as file:
        file.write("# a constant may be another one now\n")
    assert run(tmp_path, str(cache), copy) == [0, 1]
    (tmp_path / "beside.py").write_text("FACTOR = 3\n")
    assert run(tmp_path, str(cache)) == [0, 1], "nor is what lies beside the function forgotten"


def test_without_a_folder_to_write_each_process_compiles_for_itself(tmp_path: Path) -> None:
    for _ in range(2):
        assert run(tmp_path, "") == [0, 1]
        assert run(tmp_path, "/proc/nowhere") == [0, 1]


def test_a_damaged_file_is_compiled_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(tmp_path, str(cache))
    for kept in cache.rglob("*.nb*"):
        kept.write_bytes(kept.read_bytes()[:20])
    assert run(tmp_path, str(cache)) == [0, 1]
    assert run(tmp_path, str(cache)) == [1, 0]


def test_only_the_user_can_put_code_there(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(tmp_path, str(cache))
    (folder,) = cache.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_interpreter_comes_to_the_same_records_and_trails(data: st.DataObject) -> None:
    graph = data.draw(st.sampled_from(SMALL_GRAPHS))
    events, runs = data.draw(histories(graph, max_size=15)), []
    for interpreted in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if interpreted:
                interpret(patch)
            step = Step(graph)
            states: list[dict[int, bytes]] = [{} for _ in graph.entities]
            trails = [step(event, states) for event in events]
            runs.append((states, [trail and (trail.z, trail.rings, trail.wire) for trail in trails]))
    assert runs[0] == runs[1]
