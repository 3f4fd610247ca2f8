"""Workers that differ from the client are refused."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from udfs import built_with as module
from udfs.built_with import MismatchError, built_with, load_everything

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    load_everything()


def test_same_code_and_key_pass() -> None:
    built_with().check()


def test_other_code_is_refused() -> None:
    with pytest.raises(MismatchError, match=r"other code than the job was built with.* start the TaskManagers anew"):
        replace(built_with(), code="0" * 16).check()


def test_other_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "the client's")
    built_with.cache_clear()
    client = built_with()
    for worker in ("the worker's", ""):
        monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", worker)
        built_with.cache_clear()
        with pytest.raises(MismatchError, match="RINGWATCH_PSEUDONYM_KEY of this TaskManager is not the one"):
            client.check()
    built_with.cache_clear()
    assert "client's" not in repr(client)


def test_the_digest_sees_every_line_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in module.PACKAGES:
        (tmp_path / package / "inner").mkdir(parents=True)
        (tmp_path / package / "inner" / "module.py").write_text("one = 1\n")
    monkeypatch.setattr(module, "files", lambda package: tmp_path / package)
    before = module._digest()
    (tmp_path / "domain" / "notes.txt").write_text("no code")
    assert module._digest() == before
    (tmp_path / "domain" / "inner" / "module.py").write_text("one = 2\n")
    assert module._digest() != before


def test_a_worker_has_all_modules_before_its_code_is_deleted() -> None:
    """What Flink does when the first job of a TaskManager ends; the next one's subtasks need other modules."""
    program = (
        "import sys, udfs.stage, domain, udfs\n"
        "udfs.stage.built_with().check()\n"
        "domain.__path__ = udfs.__path__ = ['/deleted']\n"
        "sys.path[:] = [p for p in sys.path if 'site-packages' in p or 'python3' in p]\n"
        "import udfs.parse, udfs.join_rings, udfs.review_incidents, domain.review_desk\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
