"""Pictures of the desk's pages: `python -m tests.support.desk_pictures --store sqlite:run/rich.db /`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.browser import SCHEMES, WIDTHS, Served, browser_running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--store", default="sqlite:run/rich.db")
    parser.add_argument("--out", type=Path, default=Path("run/pictures"))
    parser.add_argument("--who", help="a user whose password is that of the tests; left out: the service must have no users")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    store = Store(StoreSettings(url=chosen.store)).open()
    with browser_running() as browser, Served(store, people=False) as served:
        for path in chosen.paths:
            for width in chosen.widths:
                for scheme in SCHEMES:
                    with served.open(browser, path, chosen.who, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
                        name = path.strip("/").replace("/", "_").replace("?", "_").replace("&", "_") or "queue"
                        page.screenshot(path=chosen.out / f"{name}-{width}-{scheme}.png")
    store.close()


if __name__ == "__main__":
    main()
