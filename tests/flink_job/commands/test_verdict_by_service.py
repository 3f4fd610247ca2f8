"""`ringwatch verdict` where a service is configured: the service gives it, in the name of the token."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from flink_job.cli import main
from ops.cases.store import Store
from tests.support.api_desk import Desk
from tests.support.case_samples import put_case

INCIDENT = "inc-0000000000000001"
WHY = ["--reason", "called the courier"]


class Service:
    """A service on a free port of this machine."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._server = uvicorn.Server(uvicorn.Config(desk.client.app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> Service:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"


@pytest.fixture
def service(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWATCH_SERVICE_TOKEN", "anna")
    put_case(sqlite_store, 1)
    with Service(Desk(sqlite_store)) as service:
        yield service


def say(service: Service, capsys: Any, *words: str) -> tuple[int, str]:
    code = main(["verdict", *words, "--set", f"service.public_url={service.url}"])
    said = capsys.readouterr()
    lines = (said.out + said.err).splitlines(keepends=True)
    return code, "".join(line for line in lines if "request_id=" not in line)  # the service's log is in this process


def test_the_service_gives_the_verdict_in_the_name_of_the_token(service: Service, capsys: Any) -> None:
    code, said = say(service, capsys, INCIDENT, "fraud", *WHY)
    assert (code, said) == (0, f"{INCIDENT}: 2 alerts called fraud; the labels are sent in 10 seconds unless it is undone\n")
    [verdict] = service.desk.get("/v1/cases/case-0000000000000001/verdicts")["items"]
    assert (verdict["by"], verdict["reason"], verdict["verdict"]) == ("anna", "called the courier", "fraud")


def test_chosen_events_are_labelled_alone(service: Service, capsys: Any) -> None:
    assert "1 alert called legitimate" in say(service, capsys, INCIDENT, "legitimate", "--event", "e1001", *WHY)[1]
    assert service.desk.get("/v1/cases/case-0000000000000001")["status"] == "open"


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["inc-77", "fraud", *WHY], 1, "there is no incident inc-77"),
        (["a/../b", "fraud", *WHY], 1, "can be read in two ways"),
        ([INCIDENT, "fraud", "--event", "e9", *WHY], 1, "events: one of them is no alert of this incident"),
        ([INCIDENT, "fraud", "--by", "ada", *WHY], 2, "--by: leave it out, the service knows whose token it is"),
        ([INCIDENT, "fraud", "--to", "redis:labels", *WHY], 2, "--to: leave it out"),
        ([INCIDENT, "fraud", "--reason", " "], 2, "--reason: 1 to 200 printable characters are wanted"),
    ],
)
def test_what_cannot_be_done_says_why(service: Service, capsys: Any, words: list[str], code: int, why: str) -> None:
    found, said = say(service, capsys, *words)
    assert (found, why in said, said.count("\n")) == (code, True, 1), said


def test_a_token_that_may_not_is_refused_and_not_shown(service: Service, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for token, why in (("vera", "the role viewer may not do this"), ("rw_wrong_secret", "say who you are")):
        monkeypatch.setenv("RINGWATCH_SERVICE_TOKEN", token)
        code, said = say(service, capsys, INCIDENT, "fraud", *WHY)
        assert (code, why in said, "rw_wrong" in said) == (1, True, False), said


def test_an_incident_without_a_case_says_so(service: Service, capsys: Any) -> None:
    put_case(service.desk.store, 2, severity="low")
    code, said = say(service, capsys, "inc-0000000000000002", "fraud", *WHY)
    assert (code, "has no case" in said) == (1, True)


def test_a_token_does_not_travel_unencrypted(capsys: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWATCH_SERVICE_TOKEN", "rw_secret")
    code = main(["verdict", INCIDENT, "fraud", *WHY, "--set", "service.public_url=http://fraud.example.com"])
    said = capsys.readouterr().err
    assert (code, "write https" in said, "rw_secret" in said) == (2, True, False)


def test_a_service_that_is_away_says_so(service: Service, capsys: Any) -> None:
    code = main(["verdict", INCIDENT, "fraud", *WHY, "--set", "service.public_url=http://127.0.0.1:9"])
    assert (code, "the service at http://127.0.0.1:9 does not answer" in capsys.readouterr().err) == (1, True)


def test_without_a_token_it_works_as_before(service: Service, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_SERVICE_TOKEN")
    code, said = say(service, capsys, INCIDENT, "fraud", *WHY)
    assert (code, "--by: a name is wanted" in said) == (2, True), said
