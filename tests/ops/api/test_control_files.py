"""Files of lists and models named over the API: they lie in the folders of a setting, or are refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ops.cases.control_answers import note_applied
from ops.cases.store import Store
from tests.support.api_desk import Desk

MODEL = {"kind": "shadow_model", "reason": "x"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is allowed, beside a secret and a folder whose name begins alike."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mules.txt").write_text("c-17\n")
    (tmp_path / "lists-2").mkdir()
    (tmp_path / "secret.txt").write_text("x\n")
    return tmp_path / "lists"


@pytest.fixture
def desk(sqlite_store: Store, folder: Path) -> Desk:
    return Desk(sqlite_store, control_files=(str(folder),))


def put(desk: Desk, file: str | Path, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"list": "block", "file": str(file), "kind": "account", "reason": "from the bank", **more}
    answer = desk.call("lea", "PUT", "/v1/lists/L6", body)
    return answer.status_code, answer.json()


def test_without_the_setting_no_file_and_no_model_is_taken(quick_desk: Desk) -> None:
    status, answer = put(quick_desk, "/etc/passwd")
    assert (status, answer["field"]) == (422, "file")
    assert "service.control_files" in answer["detail"] and "/etc" not in answer["detail"]
    answer = quick_desk.call("ada", "POST", "/v1/models", {**MODEL, "path": "models/b"}).json()
    assert (answer["status"], answer["field"]) == (422, "path")
    assert "service.control_files" in answer["detail"]
    assert quick_desk.call("ada", "POST", "/v1/models", {**MODEL, "state": "deleted"}).status_code == 200


def test_a_file_of_the_folder_is_named_whole_to_the_job(desk: Desk, folder: Path) -> None:
    status, answer = put(desk, folder / "mules.txt")
    assert (status, answer["record"]["file"]) == (200, str(folder / "mules.txt"))
    (folder / "link.txt").symlink_to("mules.txt")
    assert put(desk, folder / "link.txt")[1]["record"]["file"] == str(folder / "mules.txt")
    assert put(desk, folder / "later.txt")[0] == 200


def test_a_relative_path_begins_where_the_service_was_started(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert put(desk, "lists/mules.txt")[1]["record"]["file"] == str(folder / "mules.txt")
    assert put(desk, "secret.txt")[0] == 422


def test_what_lies_outside_is_refused_in_the_same_words_whether_it_is_there_or_not(desk: Desk, folder: Path) -> None:
    (folder / "way-out").symlink_to(folder.parent)
    (folder / "loop").symlink_to("loop")
    outside: list[str | Path] = [
        "/etc/passwd", "/etc/no-such-file", "/etc/passwd/x", folder.parent / "secret.txt", folder.parent / "lists-2" / "x",
        f"{folder}/../secret.txt", f"{folder}/../lists/mules.txt", f"/elsewhere/x/../..{folder}/mules.txt",
        folder / "way-out" / "secret.txt", folder / "way-out" / "nothing", "a\tb", "~/x", "file:///etc/passwd", "//etc/passwd",
    ]  # fmt: skip
    answers = [put(desk, path) for path in outside]
    assert {status for status, _ in answers} == {422}
    [said] = {answer["detail"] for _, answer in answers}
    assert said == "file: it lies in none of the folders of service.control_files: name one that does, without .."
    paths = [desk.call("ada", "POST", "/v1/models", {**MODEL, "path": str(path)}).json() for path in outside]
    assert {(one["status"], one["field"]) for one in paths} == {(422, "path")}


def test_the_disk_is_not_asked_about_what_lies_outside(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long an answer takes, too, could tell what there is."""
    asked, real = [], os.path.realpath

    def noted(path: str | Path, **more: Any) -> str:
        asked.append(str(path))
        return real(path, **more)

    monkeypatch.setattr("os.path.realpath", noted)
    for path in ("/etc/passwd", f"{folder}/../secret.txt", "secret.txt"):
        put(desk, path)
    assert set(asked) == {str(folder)}


def test_a_record_of_a_file_outside_can_be_ended_and_not_put_back(desk: Desk) -> None:
    record = {
        "control": "list", "id": "L6", "version": 1, "list": "block", "file": "/etc/passwd", "kind": "account", "by": "x", "reason": "x",
    }  # fmt: skip
    with desk.store.begin() as session:
        note_applied(session, {"control": "list", "id": "L6", "version": 1, "state": "active", "record": record, "at": desk.now})
    for state, status in (("shadow", 422), ("paused", 200), ("active", 422), ("deleted", 200), ("active", 422)):
        answer = desk.call("lea", "POST", "/v1/lists/L6/state", {"state": state, "reason": "x"})
        assert answer.status_code == status, (state, answer.text)


def test_a_file_of_the_allow_list_is_looked_at_again_when_it_is_approved(desk: Desk, folder: Path) -> None:
    change = put(desk, folder / "mules.txt", list="allow")[1]["id"]
    (folder / "mules.txt").unlink()
    (folder / "mules.txt").symlink_to(folder.parent / "secret.txt")
    answer = desk.call("leo", "POST", f"/v1/changes/{change}/approve")
    assert (answer.status_code, answer.json()["field"]) == (422, "file")
