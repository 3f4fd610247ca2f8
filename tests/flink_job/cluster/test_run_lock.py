"""Two local runs never share a folder."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from domain.errors import SettingError
from flink_job.cluster.rest import FlinkRest
from flink_job.cluster.run_lock import LOCK, NOTE, locked_folders, note_job
from flink_job.connectors.local_files import check_outputs
from flink_job.settings.settings import JobSettings

HOLD = "import sys, time; from pathlib import Path; from flink_job.cluster.run_lock import try_lock; "
HOLD += "assert try_lock(Path(sys.argv[1])) is not None; print('held', flush=True); time.sleep(60)"


def job(folder: Path, decisions: str = "decisions", checkpoints: str = "checkpoints") -> JobSettings:
    return JobSettings(decisions=f"file:{folder / decisions}", checkpoint_dir=str(folder / checkpoints))


@pytest.mark.parametrize(
    ("second", "words"),
    [({"checkpoints": "others"}, "job.decisions: another run is using"), ({"decisions": "b"}, "job.checkpoint_dir: another run is using")],
)
def test_second_run_is_refused_while_the_first_one_runs(tmp_path: Path, second: dict[str, str], words: str) -> None:
    with locked_folders(job(tmp_path)):
        with (
            pytest.raises(SettingError, match=rf"{words} .*: wait for its end, or name another folder"),
            locked_folders(job(tmp_path, **second)),
        ):
            pytest.fail("two runs in one folder")
        with locked_folders(job(tmp_path, "b", "others")):
            pass
    with locked_folders(job(tmp_path, **second)):
        pass


def test_one_folder_for_both_is_no_second_run(tmp_path: Path) -> None:
    with locked_folders(job(tmp_path, "both", "both")):
        assert (tmp_path / "both" / LOCK).exists()


def test_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    (tmp_path / "decisions").mkdir()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "decisions" / LOCK)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(SettingError), locked_folders(job(tmp_path)):
            pytest.fail("the other process holds it")
        holder.send_signal(signal.SIGKILL)
    with locked_folders(job(tmp_path)):
        pass


def test_lock_is_no_decision(tmp_path: Path) -> None:
    with locked_folders(job(tmp_path)):
        check_outputs(job(tmp_path), restored=False)
    (tmp_path / "decisions" / "decisions-0.jsonl").touch()
    with pytest.raises(SettingError, match="holds decisions already"):
        check_outputs(job(tmp_path), restored=False)


def test_folder_that_cannot_be_made_is_a_wrong_setting() -> None:
    nowhere = JobSettings(decisions="file:/proc/ringwatch", checkpoint_dir="/proc/ringwatch")
    with (
        pytest.raises(SettingError, match=r"job\.decisions: cannot write to /proc/.* name another folder or mend"),
        locked_folders(nowhere),
    ):
        pytest.fail("/proc takes no folder")


@pytest.mark.parametrize("state", ["RUNNING", "RESTARTING", "FINISHED", "CANCELED", "FAILED"])
def test_folders_of_a_clusters_job_are_its_own_until_it_ends(tmp_path: Path, httpserver: HTTPServer, state: str) -> None:
    httpserver.expect_request("/jobs/a1").respond_with_json({"jid": "a1", "state": state, "vertices": []})
    with locked_folders(job(tmp_path)):
        note_job(job(tmp_path), FlinkRest(httpserver.url_for("").rstrip("/")), "a1")
    assert check_outputs(job(tmp_path), restored=False)
    if state in ("RUNNING", "RESTARTING"):
        for other in ({"checkpoints": "others"}, {"decisions": "b"}):
            with (
                pytest.raises(
                    SettingError, match=r"^job\.\w+: job a1 at http.* is using .*: end it with ringwatch cluster stop-job, or name"
                ),
                locked_folders(job(tmp_path, **other)),
            ):
                pytest.fail("two jobs in one folder")
    else:
        with locked_folders(job(tmp_path)):
            pass


def test_the_job_of_a_jobmanager_that_took_over_uses_its_folders(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/jobs/a1").respond_with_json({"jid": "a1", "state": "RUNNING", "vertices": []})
    with locked_folders(job(tmp_path)):
        note_job(job(tmp_path), FlinkRest("http://127.0.0.1:1", (httpserver.url_for("").rstrip("/"),)), "a1")
    with pytest.raises(SettingError, match=r"job a1 at http://127.0.0.1:1 is using"), locked_folders(job(tmp_path)):
        pytest.fail("two jobs in one folder")


def test_the_job_of_a_cluster_that_is_slow_may_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a loaded machine would let a second job in."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("flink_job.cluster.rest.TIMEOUT_S", 0.2)
        with locked_folders(job(tmp_path)):
            note_job(job(tmp_path), FlinkRest(f"http://127.0.0.1:{silent.getsockname()[1]}"), "a1")
        with (
            pytest.raises(SettingError, match=rf"job a1 at http.*, which does not answer \(if it is gone, remove .*{NOTE}\), is using"),
            locked_folders(job(tmp_path)),
        ):
            pytest.fail("two jobs in one folder")


def test_note_of_a_cluster_that_is_gone_or_forgot_the_job_holds_nothing(tmp_path: Path, httpserver: HTTPServer) -> None:
    (tmp_path / "decisions").mkdir()
    note = tmp_path / "decisions" / NOTE
    known_no_more = json.dumps({"flink": httpserver.url_for("").rstrip("/"), "job": "a1"})  # the server answers 500
    for text in (known_no_more, '{"flink": "http://127.0.0.1:1", "job": "a1"}', "{", "[]", '{"flink": "http://127.0.0.1:1"}'):
        note.write_text(text)
        with locked_folders(job(tmp_path)):
            pass
