"""Which alerts are in an incident, from the streams as the job writes them."""

from __future__ import annotations

from typing import Any

import pytest

from domain.incidents.ring_book import unconnected
from ops.redis.cases import CaseError, chosen, read_case
from tests.support.incident_samples import START, pseudonym
from tests.support.published_incidents import Shop, one
from tests.support.redis_fixtures import Add


@pytest.fixture
def shop(add: Add, redis_url: str, stream_prefix: str) -> Shop:
    return Shop(add, redis_url, stream_prefix)


def test_alerts_of_all_rings_of_an_incident_and_of_no_other(shop: Shop) -> None:
    its = [one(1), one(2, ring="bb"), one(3)]
    name = shop.incident("aa", *its)
    other = shop.incident("cc", one(2, ring="cc", account=7), one(9, ring="cc"))
    case = read_case(shop.url, shop.prefix, name)
    assert sorted(alert.event_id for alert in case.alerts) == ["e1", "e2", "e3"]
    assert {alert.account for alert in case.alerts} == {pseudonym(1), pseudonym(2), pseudonym(3)}
    assert (case.missing, case.goes_on_as, case.incident["status"]) == (0, None, "closed")
    assert len(read_case(shop.url, shop.prefix, other).alerts) == 2


def test_two_accounts_with_one_event_id_are_two_alerts(shop: Shop) -> None:
    name = shop.incident("aa", one(1, account=1), one(1, account=2))
    assert {alert.account for alert in read_case(shop.url, shop.prefix, name).alerts} == {pseudonym(1), pseudonym(2)}


def test_more_alerts_than_an_incident_lists_are_found_by_ring_and_time(shop: Shop) -> None:
    name = shop.incident("aa", *(one(number) for number in range(620)))
    case = read_case(shop.url, shop.prefix, name)
    assert len(case.incident["event_ids"]) == 500
    assert (len(case.alerts), case.missing) == (620, 0)


@pytest.mark.parametrize("count", [3, 600])
def test_unconnected_alerts_are_those_of_the_day_that_are_in_no_ring(shop: Shop, count: int) -> None:
    shop.incident("aa", one(1), one(700))
    name = shop.incident(unconnected(START), *(one(number, ring=f"r{number}") for number in range(2, 2 + count)))
    case = read_case(shop.url, shop.prefix, name)
    assert {alert.event_id for alert in case.alerts} == {f"e{number}" for number in range(2, 2 + count)}


def test_an_absorbed_incident_has_its_own_alerts_and_names_who_goes_on(shop: Shop) -> None:
    small = shop.incident("bb", one(1, ring="bb"), one(2, ring="bb"), into="aa")
    large = shop.incident("aa", one(3), one(4, ring="bb"))
    case = read_case(shop.url, shop.prefix, small)
    assert {alert.event_id for alert in case.alerts} == {"e1", "e2"}
    assert case.goes_on_as == large
    assert {alert.event_id for alert in read_case(shop.url, shop.prefix, large).alerts} == {"e3", "e4"}


def test_trimmed_alerts_are_counted(shop: Shop, redis_client: Any) -> None:
    name = shop.incident("aa", one(1), one(2), one(3))
    redis_client.xtrim(f"{shop.prefix}alerts", maxlen=1, approximate=False)
    case = read_case(shop.url, shop.prefix, name)
    assert ([alert.event_id for alert in case.alerts], case.missing) == (["e3"], 2)


def test_what_is_not_there_is_named_with_the_nearest(shop: Shop, add: Add) -> None:
    name = shop.incident("aa", one(1), one(2))
    add("incidents", {"id": "overflow-1", "status": "overflow"})
    with pytest.raises(CaseError, match=f"there is no incident {name}x in {shop.prefix}incidents: did you mean {name}"):
        read_case(shop.url, shop.prefix, f"{name}x")
    with pytest.raises(CaseError, match="tail --streams incidents"):
        read_case(shop.url, shop.prefix, "overflow-1")
    case = read_case(shop.url, shop.prefix, name)
    assert [alert.event_id for alert in chosen(case, ["e2"])] == ["e2"]
    assert len(chosen(case, [])) == 2
    with pytest.raises(CaseError, match=r"has no alert of event e22: did you mean e2\?"):
        chosen(case, ["e22"])
    with pytest.raises(CaseError, match="of another incident, or was trimmed away"):
        chosen(case, ["nothing like it"])


def test_a_wave_has_no_alerts(shop: Shop, add: Add) -> None:
    add("incidents", {"id": "wave-1", "kind": "wave", "rings": [], "event_ids": [], "alerts": 9, "told_at": START, "ring": "signup"})
    with pytest.raises(CaseError, match="wave-1 is a wave"):
        read_case(shop.url, shop.prefix, "wave-1")
