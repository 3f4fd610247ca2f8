"""What pictures of rings cost: from documents to SVG, and to PNG, by the number of nodes.

CPU rather than time on the clock, and the least of several, since other programs meet both.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable

from ops.desk.ring_picture.layout import layout_of
from ops.desk.ring_picture.ring import RingPicture
from tests.support.ring_samples import ring_alerts, ring_revisions

SIZES = (15, 60, 150, 300, 600)
SHARED = 0.12
"""Of the nodes that are devices, of which an account uses one or two."""


def least_ms(call: Callable[[], object], times: int) -> float:
    """Return the least CPU (ms) of a call."""
    found = []
    for _ in range(times):
        before = time.process_time_ns()
        call()
        found.append(time.process_time_ns() - before)
    return min(found) / 1e6


def line(nodes: int, times: int) -> str:
    """Return the costs of a ring of so many nodes."""
    drawn, devices = random.Random(nodes), max(1, round(SHARED * nodes))
    uses = [(account, drawn.randrange(devices)) for account in range(nodes - devices)]
    alerts = ring_alerts([*uses, *((account, drawn.randrange(devices)) for account, _ in uses[::3])])
    revisions = ring_revisions(alerts, (5, len(alerts)))
    picture = RingPicture.of(revisions, alerts, "Ring")
    svg, png = picture.svg(), picture.png()

    def laid_out_anew() -> object:
        layout_of.cache_clear()
        return RingPicture.of(revisions, alerts, "Ring").svg()

    costs = [least_ms(call, times) for call in (laid_out_anew, picture.png)]
    return f"{len(picture.known.nodes):5} {costs[0]:8.0f} {len(svg) / 1e3:8.0f} {costs[1]:8.0f} {len(png) / 1e3:8.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7, help="runs, of which the least counts")
    times = parser.parse_args().times
    print("nodes   svg ms   svg kB   png ms   png kB")
    for nodes in SIZES:
        print(line(nodes, times))


if __name__ == "__main__":
    main()
