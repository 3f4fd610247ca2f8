"""Pictures of every page of the desk, for docs/ and to look at: `python -m tests.support.desk_pictures`.

A simulated shop under attack fills a store (half a minute), and chromium takes each page at three widths,
light and dark, as WebP. `--whole` takes pages in their whole length as PNG; `--only rule` some of them.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import structlog
from PIL import Image
from playwright.sync_api import Browser, Page

from flink_job.commands.serve_models import paper_of
from flink_job.settings.settings import PRETRAINED
from ops.api.dry_runs import DryRuns
from ops.api.model_book import ModelBook
from ops.api.stream_read import StreamRead
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.secrets import PSEUDONYM_KEY
from tests import ROOT
from tests.support.browser import SCHEMES, WIDTHS, Served, browser_running
from tests.support.control_samples import KEY
from tests.support.rich_history import BEGIN, EVENTS, NOW, History, rich_history
from tests.support.rich_store import entity_of, fill_richly, open_case

OUT = Path("docs/pictures")
HEIGHTS = {1440: 900, 1024: 768, 390: 844}
_RING = 300  # pixels more, for the ring of an incident
_LONG_S = 600.0  # for the trial of a rule, where the machine has other work
_COLOURS = 64
QUESTION = "How much money was blocked?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--schemes", nargs="+", default=SCHEMES)
    parser.add_argument("--whole", action="store_true")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    take = _whole if chosen.whole else _seen
    with tempfile.TemporaryDirectory() as folder, browser_running() as browser, rich_desk(Path(folder)) as desk:
        for name, path in pages_of(desk.service.store).items():
            for width, scheme in product(chosen.widths, chosen.schemes):
                if chosen.only in name:
                    with _opened(desk, browser, name, path, width, scheme) as page:
                        take(page, chosen.out / f"{name}-{width}-{scheme}")


@contextmanager
def rich_desk(folder: Path) -> Iterator[Served]:
    """Lend a desk of a shop as after a week, at the time of its last event."""
    history, store = rich_history(folder), Store(StoreSettings(url=f"sqlite:{folder / 'store.db'}")).open()
    fill_richly(store, history)
    with Served(store, people=False, clock=lambda: NOW) as desk:
        _join_job(desk, history)
        yield desk
    store.close()


def _join_job(desk: Served, history: History) -> None:
    """Give the service what it learns from a job."""
    service = desk.service
    service.checks = {"store": lambda: None, "redis": lambda: None}
    service.store_lag_s = lambda: 0.4
    service.streams = lambda: [StreamRead("events", 18_204, newest_at=NOW, is_decided=True), StreamRead("labels", 411, newest_at=NOW)]
    service.models = ModelBook(str(PRETRAINED.relative_to(ROOT)), paper_of, lambda: history.drift)
    os.environ[PSEUDONYM_KEY] = KEY.decode()
    words = ("--events", str(history.events), "--decisions", str(history.decisions), "--json")
    service.dry_runs = _TriedOnHistory([sys.executable, "-m", "flink_job.cli", "rules", "try", *words], _LONG_S)


class _TriedOnHistory(DryRuns):
    """What tries rules on the files of a history, each once for all pictures."""

    _found: dict[str, Any] | None = None

    async def tried(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the figures, with the window that a stream would have."""
        if self._found is None:
            self._found = await super().tried(rule)
        window = {"events": self._found["events"], "most": EVENTS, "wanted": EVENTS, "from": BEGIN, "until": NOW}
        return {**self._found, "window": window}


def pages_of(store: Store) -> dict[str, str]:
    """Return the pages by the names of their pictures."""
    with store.read() as session:
        case = open_case(session)
        incident, entity = case.incident_id, entity_of(session, case.incident_id)
    places = ("alerts", "entities", "rules", "lists", "models", "overview", "audit", "sign-in")
    return {
        "queue": "/", "incident": f"/incidents/{incident}", "verdict": f"/cases/{case.id}/verdict?word=fraud", "bulk": "/",
        "entity": f"/entities/{entity}", "rule": "/rules/signup-wave", "list": "/lists/L03", "own": "/me",
        "summary": f"/incidents/{incident}/summary", "ask": "/ask", "actions": "/actions",
        **{name: f"/{name}" for name in places},
    }  # fmt: skip


@contextmanager
def _opened(desk: Served, browser: Browser, name: str, path: str, width: int, scheme: str) -> Iterator[Page]:
    who = None if name == "sign-in" else "olga" if name == "audit" else "lea"
    viewport = {"width": width, "height": HEIGHTS.get(width, 900) + (_RING if name == "incident" and width > 1000 else 0)}
    with desk.open(browser, path, who, viewport=viewport, color_scheme=scheme) as page:
        if name in _BEFORE:
            _BEFORE[name](page)
        yield page


def _choose_three(page: Page) -> None:
    for box in page.locator("[data-row] input[type=checkbox]").all()[1:4]:
        box.check()
    page.get_by_role("button", name="Fraud…").click()
    page.wait_for_url("**/bulk/preview")


def _try(page: Page) -> None:
    page.get_by_role("button", name="Try it on").click(timeout=1000 * _LONG_S)
    page.get_by_text("It fires for").wait_for(timeout=1000 * _LONG_S)


def _ask(page: Page) -> None:
    page.get_by_role("button", name=QUESTION).click()
    page.wait_for_url("**/ask/*")


_BEFORE: Mapping[str, Callable[[Page], None]] = {"bulk": _choose_three, "rule": _try, "ask": _ask}
"""What is pressed before the picture."""


def _seen(page: Page, path: Path) -> None:
    """Take what one sees without scrolling, in few colours: letters stay sharp, and files small."""
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = taken.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.convert("RGB").save(path.with_suffix(".webp"), lossless=True, quality=90, method=4)


def _whole(page: Page, path: Path) -> None:
    page.screenshot(path=path.with_suffix(".png"), full_page=True)


if __name__ == "__main__":
    main()
