"""The digest: what happened on a day, for who does not work the queue."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response
from markupsafe import Markup

from ops.api.problems import Problem
from ops.api.queries import DayName
from ops.api.routes.digest import NONE_HERE
from ops.api.service import Service, ServiceHere
from ops.desk.charts.bars import bars, stacked
from ops.desk.charts.table import figure_html
from ops.desk.layout import page
from ops.desk.mail_picture import ring_of
from ops.desk.page_route import pages_of
from ops.desk.remembered import Remembered
from ops.desk.view.digest import alerts_figure, blocked_figure, days_beside
from ops.digest.figures import Digest
from ops.digest.forms import DRAWN
from ops.digest.sections import foot, large_text, sections, tiles
from ops.digest.told import Digests
from ops.digest.words import long_day

Pictures = Mapping[str, Markup]
router = pages_of("digest")


@router.get("/digest")
def digest(request: Request, service: ServiceHere, day: DayName = "yesterday") -> Response:
    """Return the digest of a day: the figures that mails have, with the desk's pictures."""
    digests: Digests | None = request.app.state.digests
    if digests is None:
        raise Problem(503, NONE_HERE)
    told = digests.of(day)
    found, drawn = told.digest, _remembered(request).told((told.digest.day, told.digest.made_at), lambda: pictures_of(service, told.digest))
    blocked = blocked_figure(found.week)
    figures = [figure_html(alerts_figure(found.week), stacked), *([figure_html(blocked, bars)] if blocked else [])]
    return page(
        request, "digest.html", digest=found, title=long_day(found.day), text=told.text, tiles=tiles(found), sections=sections(found),
        figures=figures, large=[(one, large_text(one), drawn.numbers.get(one.id)) for one in found.incidents.largest]
        if found.incidents else [], foot=foot(found), beside=days_beside(found.day, service.clock(), digests.zone),
    )  # fmt: skip


def pictures_of(service: Service, found: Digest) -> Pictures:
    """Return the rings of the largest incidents that have one."""
    drawn = dict[str, Markup]()
    for one in found.incidents.largest if found.incidents else ():
        with service.store.read() as session:
            if len(drawn) < DRAWN and (ring := ring_of(session, one.id)) is not None:
                drawn[one.id] = ring.svg()
    return drawn


def _remembered(request: Request) -> Remembered[Pictures]:
    remembered: Remembered[Pictures] = request.app.state.rings
    return remembered
