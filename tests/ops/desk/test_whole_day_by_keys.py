"""The whole day of an analyst in a real browser, by the keyboard alone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.json_text import as_json
from domain.times import now_ms
from ops.api.dry_runs import DryRuns
from ops.cases.control_changes import newest
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.queue import case
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from tests.ops.desk.test_incident import STORY
from tests.ops.desk.test_trial import figures
from tests.support.api_calls import PASSWORD
from tests.support.browser import Served
from tests.support.case_samples import put_case, revision_document, some_alerts
from tests.support.incident_samples import pseudonym

pytestmark = pytest.mark.browser

DEVICE = pseudonym(1_000_000)
RULE = "when: {field: event_type, is: signup}\ndecision: investigate\ntext: sign-ups of one device\n"


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A service with a ring of two revisions, which is the gravest, and five cases more; it can try rules."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'desk.db')}"))
    at = now_ms() - 60_000
    for number in range(6):
        put_case(store, number, at=at, severity="high", money_at_risk={"EUR": 1000.0 - number}, **STORY)
    with store.begin() as session:
        grown = some_alerts(6, f"{0:016x}")
        take_alerts(session, grown)
        take_incident(
            session,
            revision_document(0, grown, revision=2, severity="critical", **STORY),
            at,
            CaseSettings(),
        )
    with Served(store) as served:
        served.service.dry_runs = DryRuns([sys.executable, "-c", f"print({as_json(figures())!r})"])
        yield served
    store.close()


def state(served: Served, number: int) -> tuple[str, str | None, str | None]:
    with served.service.store.read() as session:
        found = case(session, f"case-{number:016x}").case
        return found.status, found.owner, found.verdict


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def test_a_whole_day(chromium: Browser, served: Served) -> None:
    with served.open(chromium) as page:
        sign_in(page)
        one_case(page, served)
        many_cases(page, served)
        a_list(page)
        a_rule(page, served)


def sign_in(page: Page) -> None:
    page.wait_for_url("**/sign-in*")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("lead")
    keys(page, "Tab")
    page.keyboard.type(PASSWORD)
    keys(page, "Enter")
    expect(page.locator("h1")).to_have_text("Queue")


def one_case(page: Page, served: Served) -> None:
    """Claim the gravest case, read it, look at its ring, give a verdict, undo it, judge the next."""
    keys(page, "j", "c")
    expect(page.get_by_role("status")).to_contain_text("Claimed.")
    keys(page, "Enter")
    page.wait_for_url("**/incidents/inc-" + "0".zfill(16))
    expect(page.locator("h1")).to_contain_text("9 accounts")
    keys(page, "[")
    expect(page.locator("#ring-at")).to_have_text("Revision 1 of 2")
    keys(page, "]")
    expect(page.locator("#ring-at")).to_have_text("Revision 2 of 2")
    keys(page, "f")
    page.keyboard.type("same courier")
    keys(page, "Enter")
    page.wait_for_url("**/incidents/*?after=inc-*")
    assert (state(served, 0), state(served, 1)[:2]) == (("closed", "lead", "fraud"), ("claimed", "lead"))
    keys(page, "u")
    expect(page.locator(".after")).to_contain_text("Open again:")
    assert state(served, 0)[0] != "closed"
    keys(page, "l")
    page.keyboard.type("a family")
    keys(page, "Enter")
    page.wait_for_url("**/incidents/*?after=inc-" + "1".zfill(16))
    assert state(served, 1) == ("closed", "lead", "legitimate")
    keys(page, "n")
    page.wait_for_url(lambda url: "after" not in url)


def many_cases(page: Page, served: Served) -> None:
    """Give one verdict on three cases."""
    keys(page, "g", "q")
    expect(page.locator("h1")).to_have_text("Queue")
    keys(page, "j", "x", "j", "x", "j", "x")
    expect(page.locator("#chosen")).to_have_text("3 chosen")
    keys(page, "I")
    expect(page.get_by_label("Why, for all of them")).to_be_focused()
    page.keyboard.type("load test")
    keys(page, "Enter")
    expect(page.get_by_role("status")).to_contain_text("3 cases.")
    assert [state(served, number)[2] for number in range(6)].count("inconclusive") == 3


def a_list(page: Page) -> None:
    """Find a device by what it is called in alerts, and put it on a list."""
    keys(page, "g", "e")
    page.wait_for_url("**/entities")
    expect(page.get_by_label("E-mail, account")).to_be_focused()
    page.keyboard.type(DEVICE)
    keys(page, "Enter")
    page.wait_for_url(f"**/entities/device:{DEVICE}")
    keys(page, "b", "Tab", "Tab")
    page.keyboard.type("chargebacks")
    keys(page, "Enter")
    expect(page.locator("h1 + .flag")).to_have_text("on the list block")


def a_rule(page: Page, served: Served) -> None:
    """Write a rule, try it, send it, and switch it to shadow."""
    keys(page, "g", "r")
    expect(page.locator("h1")).to_have_text("Rules")
    keys(page, "n")
    page.wait_for_url("**/rules/draft/new")
    tab_to(page, "input[name=id]")
    page.keyboard.type("R8")
    keys(page, "Tab", "Control+a")
    page.keyboard.insert_text(RULE)
    tab_to(page, "[data-try]")
    keys(page, "Enter")
    expect(page.locator("#trial")).to_have_text("What it would have done")
    tab_to(page, "input[name=state]")
    keys(page, "ArrowUp")  # from shadow to active
    tab_to(page, "#draft [name=reason]")
    page.keyboard.type("a wave")
    keys(page, "Enter")
    page.wait_for_url("**/rules/R8")
    assert states(served) == "active"
    tab_to(page, ".state-form [name=reason]")
    page.keyboard.type("look at it first")
    tab_to(page, ".state-form [value=shadow]")
    keys(page, "Enter")
    expect(page.locator("h1 ~ .state")).to_have_text("shadow")
    assert states(served) == "shadow"


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until what is wanted has the focus."""
    for _ in range(60):
        keys(page, "Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def states(served: Served) -> str | None:
    with served.service.store.read() as session:
        change = newest(session, "rule", "R8")
        assert change is not None
        return change.state
