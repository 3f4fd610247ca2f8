"""Whether the open queue stays smooth while rows change: `python -m tests.speed.live_rows`.

Cases change in a real store under a real service, as if colleagues claimed them and gave them back.
A real browser shows the queue, with the focus on a row. Of each frame its distance to the one before is
noted, and where the row is; beside them what the browser calls long tasks and shifts of the layout.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from domain.times import now_ms
from ops.cases.claims import claim, release
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from tests.support.browser import Served, browser_running
from tests.support.case_samples import put_case

ROWS, ROW = 50, 10
"""Cases, all on the page; the one with the focus, which changes as the others do."""
TRACED = ("devtools.timeline", "disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame")
"""Categories of the trace that hold its frames."""
WATCH = """id => {
  const seen = { gaps: [], tops: new Set(), long: [], shifts: 0, renewed: 0 };
  let last = 0;
  const frame = now => {
    if (last) seen.gaps.push(now - last);
    last = now;
    seen.tops.add(Math.round(document.getElementById(id).getBoundingClientRect().top));
    if (!seen.over) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver(list => seen.long.push(...list.getEntries().map(one => one.duration))).observe({ type: "longtask" });
  new PerformanceObserver(list => { for (const one of list.getEntries()) seen.shifts += one.value; }).observe({ type: "layout-shift" });
  new MutationObserver(list => { for (const one of list) seen.renewed += one.addedNodes.length; })
    .observe(document.getElementById("rows"), { childList: true });
  window.seen = seen;
}"""
FOUND = "() => { seen.over = true; return { ...seen, tops: [...seen.tops], here: document.activeElement.closest('[data-row]')?.id }; }"


@dataclass
class Changes:
    """Cases that are claimed and given back in turn, so many a second."""

    store: Store
    names: list[str]
    rate: float
    done: int = 0
    over: bool = False

    def run(self) -> None:
        """Change cases until it is over, each in a transaction of its own."""
        begun, settings = time.monotonic(), CaseSettings()
        while not self.over:
            name, do = self.names[self.done % ROWS], claim if self.done // ROWS % 2 == 0 else release
            with self.store.begin() as session:
                do(session, name, by="analyst", now=now_ms(), settings=settings)
            self.done += 1
            time.sleep(max(0.0, begun + self.done / self.rate - time.monotonic()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50, help="changes a second")
    parser.add_argument("--seconds", type=float, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(StoreSettings(url=f"sqlite:{Path(folder) / 'store.db'}")).open()
        names = [put_case(store, number, at=now_ms() - 60_000) for number in range(ROWS)]
        with browser_running() as browser, Served(store) as served, served.open(browser, "/", "lead") as page:
            changes = Changes(store, names, chosen.rate)
            show(watched(page, changes, chosen.seconds), changes.done / chosen.seconds)
        store.close()


def watched(page: Page, changes: Changes, seconds: float) -> dict[str, Any]:
    """Return what the browser noted while cases changed, and which row had the focus."""
    for _ in range(ROW):
        page.keyboard.press("j")
    here = page.evaluate("document.activeElement.closest('[data-row]').id")
    page.wait_for_timeout(3000)  # its stream of changes is open
    feeding, browser = threading.Thread(target=changes.run), page.context.browser
    assert browser is not None
    page.evaluate(WATCH, here)
    browser.start_tracing(page=page, categories=list(TRACED))
    feeding.start()
    page.wait_for_timeout(1000 * seconds)
    found: dict[str, Any] = page.evaluate(FOUND) | frames_of(browser.stop_tracing())
    changes.over = True
    feeding.join()
    return {**found, "kept": found["here"] == here}


def frames_of(trace: bytes) -> dict[str, int]:
    """Return how many frames a browser's trace says were drawn, and dropped."""
    names = [event["name"] for event in json.loads(trace)["traceEvents"]]
    return {"drawn": names.count("DrawFrame"), "dropped": names.count("DroppedFrame")}


def show(found: dict[str, Any], rate: float) -> None:
    """Print a row for each number."""
    gaps = sorted(found["gaps"])
    for name, value in (
        ("changes a second", f"{rate:.0f}"),
        ("rows renewed", f"{found['renewed']:,}"),
        ("frames", f"{len(gaps):,}"),
        ("drawn, by the browser's trace", f"{found['drawn']:,}"),
        ("dropped, by the browser's trace", f"{found['dropped']:,}"),
        ("ms between frames, p50", f"{gaps[len(gaps) // 2]:.0f}"),
        ("p99", f"{gaps[int(0.99 * len(gaps))]:.0f}"),
        ("the longest", f"{gaps[-1]:.0f}"),
        ("tasks above 50 ms", f"{len(found['long'])}, the longest {max(found['long'], default=0):.0f} ms"),
        ("places of the row with the focus", f"{len(found['tops'])}"),
        ("shift of the layout", f"{found['shifts']:.4f}"),
        ("it kept the focus", "yes" if found["kept"] else "no"),
    ):
        print(f"| {name:<32} | {value:>28} |")


if __name__ == "__main__":
    main()
