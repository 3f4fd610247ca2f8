"""One person undoes no more blocks within an hour than the settings say, in however many verdicts."""

from __future__ import annotations

from typing import Any

from httpx2 import Response

from domain.times import HOUR_MS
from tests.ops.api.test_case_routes import LEGITIMATE, blocked, case, labels
from tests.support.api_desk import Desk


def says(desk: Desk, number: int, who: str = "lea", *events: str) -> Response:
    return desk.call(who, "POST", f"{case(number)}/verdict", {**LEGITIMATE, "events": list(events)})


def take_back(desk: Desk, number: int, given: Response) -> None:
    path = f"{case(number)}/verdicts/{given.json()['verdict']['id']}/undo"
    assert desk.call("lea", "POST", path, {"reason": "a mistake"}).status_code == 200


def events(desk: Desk, number: int) -> list[str]:
    return [one["event_id"] for one in desk.items(f"/v1/incidents/inc-{number:016x}/alerts")]


def bulk(number: int) -> dict[str, Any]:
    return {"action": "verdict", "cases": [{"id": f"case-{number:016x}"}], **LEGITIMATE}


def test_many_small_verdicts_are_one_large_one(desk: Desk) -> None:
    desk.at_most_blocks(3)
    blocked(desk, 1)
    blocked(desk, 2)
    assert says(desk, 1, "lea", *events(desk, 1)[:2]).status_code == 200
    assert says(desk, 1).status_code == 200  # of the third, and of the same two again
    assert desk.call("lea", "POST", "/v1/cases/bulk/preview", bulk(2)).json()["needs_second"]
    waits = desk.call("lea", "POST", "/v1/cases/bulk", bulk(2))
    assert (waits.status_code, len(labels(desk))) == (202, 3)
    assert [says(desk, 2, "lea", one).status_code for one in events(desk, 2)] == [202] * 3
    assert desk.call("leo", "POST", "/v1/cases/bulk/preview", bulk(2)).json()["needs_second"] is False  # his own hour


def test_what_a_second_person_agreed_to_does_not_count(desk: Desk) -> None:
    desk.at_most_blocks(3)
    for number in (1, 2, 3):
        blocked(desk, number, alerts=4 if number == 1 else 3)
    waits = says(desk, 1)
    assert waits.status_code == 202
    assert desk.call("leo", "POST", f"/v1/changes/{waits.json()['change_id']}/approve").status_code == 200
    assert [says(desk, 2).status_code, says(desk, 3).status_code] == [200, 202]


def test_after_an_hour_one_begins_anew(desk: Desk) -> None:
    desk.at_most_blocks(3)
    for number in (1, 2):
        blocked(desk, number)
    assert [says(desk, 1).status_code, says(desk, 2).status_code] == [200, 202]
    desk.now += HOUR_MS
    assert says(desk, 2).status_code == 200


def test_what_was_taken_back_in_time_does_not_count_and_what_came_into_force_does(desk: Desk) -> None:
    desk.at_most_blocks(3)
    for number in (1, 2):
        blocked(desk, number)
    take_back(desk, 1, says(desk, 1))
    given = says(desk, 2)
    assert given.status_code == 200
    desk.now += round(desk.service.settings.cases.undo_s * 1000)
    take_back(desk, 2, given)
    assert says(desk, 1).status_code == 202
