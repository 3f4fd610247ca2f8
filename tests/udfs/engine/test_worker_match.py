"""Workers that differ from the client are refused."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from tests import ROOT
from udfs.engine import worker_match as module
from udfs.engine.worker_match import MismatchError, load_everything, worker_match

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    load_everything()


def test_same_code_and_key_pass() -> None:
    worker_match().check()


def test_other_code_is_refused() -> None:
    with pytest.raises(MismatchError, match=r"other code than the job was built with.* start the TaskManagers anew"):
        replace(worker_match(), code="0" * 16).check()


def test_other_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "the client's")
    worker_match.cache_clear()
    client = worker_match()
    for worker in ("the worker's", ""):
        monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", worker)
        worker_match.cache_clear()
        with pytest.raises(MismatchError, match="RINGWATCH_PSEUDONYM_KEY of this TaskManager is not the one"):
            client.check()
    worker_match.cache_clear()
    assert "client's" not in repr(client)


def test_the_digest_sees_every_line_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [tmp_path / name.replace(".", "/") / "inner" / "module.py" for name in module.PACKAGES if name != "ops.secrets"]
    sources.append(tmp_path / "ops" / "secrets.py")
    for source in sources:
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("one = 1\n")
    monkeypatch.setattr(module, "files", lambda package: tmp_path / package)
    before = module._digest()
    (tmp_path / "domain" / "notes.txt").write_text("no code")
    assert module._digest() == before
    for source in sources:
        source.write_text("one = 2\n")
        assert module._digest() != before, source
        source.write_text("one = 1\n")


def test_a_worker_has_all_modules_before_its_code_is_deleted() -> None:
    """Flink deletes a job's code when it ends; the next one's subtasks need other modules."""
    program = (
        "import sys, udfs.stage\n"
        "udfs.stage.worker_match().check()\n"
        "for name, module in sys.modules.items():\n"
        "    if name.split('.')[0] in ('domain', 'udfs', 'ops') and hasattr(module, '__path__'):\n"
        "        module.__path__ = ['/deleted']\n"
        "sys.path[:] = [p for p in sys.path if 'site-packages' in p or 'python3' in p]\n"
        "import udfs.parse, udfs.join_rings, udfs.review_incidents, domain.incidents.review_desk\n"
        "import ops.redis.connection, ops.llm.writer\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
