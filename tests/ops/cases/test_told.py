"""What happens to incidents is written with the act, once, and only where the store tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops.cases.changes import close, reopen
from ops.cases.claims import assign, claim, release, release_expired
from ops.cases.desk_acts import before_act, keep_act, undo_act
from ops.cases.errors import Conflict
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.cases.told import Told, take_told
from ops.cases.undo import undo_verdict
from ops.cases.verdicts import give_verdict
from tests.support.case_samples import NOW, SETTINGS, put_case, put_incident

WHO = {"by": "anna", "now": NOW, "settings": SETTINGS}


@pytest.fixture
def telling(store_url: str) -> Iterator[Store]:
    """A store that tells, on both databases."""
    store = Store(StoreSettings(url=store_url), tells=True)
    yield store
    store.close()


def told(store: Store) -> list[Told]:
    with store.begin() as session:
        return take_told(session, 100)


def whats(store: Store) -> list[tuple[str, str]]:
    return [(one.what, one.by) for one in told(store)]


def test_each_act_on_a_case_is_told_once(telling: Store) -> None:
    case_id = put_case(telling)
    with telling.begin() as session:
        claim(session, case_id, **WHO)  # type: ignore[arg-type]
        claim(session, case_id, **WHO)  # type: ignore[arg-type] # lasts longer, which is nothing new
        assign(session, case_id, "bob", **WHO)  # type: ignore[arg-type]
        release(session, case_id, **WHO, others=True)  # type: ignore[arg-type]
        close(session, case_id, "no", **WHO)  # type: ignore[arg-type]
        reopen(session, case_id, "yes", **WHO)  # type: ignore[arg-type]
        said = give_verdict(session, case_id, "fraud", "x", **WHO, labels_to="redis:labels")  # type: ignore[arg-type]
        undo_verdict(session, said.verdict.id, "x", **WHO, labels_to="redis:labels")  # type: ignore[arg-type]
    acts = ("claimed", "assigned", "released", "closed", "reopened", "verdict", "undone")
    assert whats(telling) == [("revision", ""), *((act, "anna") for act in acts)]
    assert told(telling) == []


def test_an_act_that_fails_is_not_told(telling: Store) -> None:
    case_id = put_case(telling)
    told(telling)
    with pytest.raises(Conflict), telling.begin() as session:
        claim(session, case_id, **WHO)  # type: ignore[arg-type]
        reopen(session, case_id, "it is open", **WHO)  # type: ignore[arg-type]
    assert told(telling) == []


def test_a_revision_that_comes_again_is_told_once(telling: Store) -> None:
    for revision in (1, 2, 1, 2):
        with telling.begin() as session:
            put_incident(session, 7, revision=revision)
    assert [one.what for one in told(telling)] == ["revision", "revision"]


def test_new_alerts_that_open_a_case_again_are_told(telling: Store) -> None:
    case_id = put_case(telling, 1)
    with telling.begin() as session:
        close(session, case_id, "no", **WHO)  # type: ignore[arg-type]
    told(telling)
    put_case(telling, 1, alerts=5, revision=2)
    assert whats(telling) == [("reopened", ""), ("revision", "")]


def test_a_claim_that_ends_and_an_act_taken_back_are_told(telling: Store) -> None:
    case_id = put_case(telling)
    with telling.begin() as session:
        before = before_act(session, [case_id], "anna", NOW)
        claim(session, case_id, **WHO)  # type: ignore[arg-type]
        act = keep_act(session, before, "claimed")
        assert act is not None
        undo_act(session, act, **WHO, labels_to="redis:labels")  # type: ignore[arg-type]
        claim(session, case_id, **WHO)  # type: ignore[arg-type]
    with telling.begin() as session:
        assert release_expired(session, NOW + 10**9) == 1
    assert whats(telling)[-1] == ("released", "")
    with telling.read() as session:
        assert session.query(Outgoing).filter_by(kind="told").count() == 5


def test_a_store_that_does_not_tell_writes_nothing(store: Store) -> None:
    case_id = put_case(store)
    with store.begin() as session:
        claim(session, case_id, **WHO)  # type: ignore[arg-type]
    assert told(store) == []
