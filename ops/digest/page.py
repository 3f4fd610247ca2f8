"""A digest as one HTML file that mail programs show: tables, styles on each element, no script, nothing from
outside. Dark by the reader's wish. Texts from outside are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ops.digest.figures import Digest, Large, TrendDay
from ops.digest.page_styles import BAR, BODY, CARD, CELL, DARK, FOOT, HEAD, LABEL, LINK, NOTE, RULE, TEXT, TILE, VALUE
from ops.digest.sections import Row, Section, foot, large_text, sections, tiles
from ops.digest.words import count_text, incident_link, long_day, short_day, sums_text

_BETWEEN = re.compile(r"(?<=\d) (?=[A-Za-z])", re.ASCII)
_TABLE = 'width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed"'


def page(digest: Digest, text: Sequence[str], origin: str, pictures: Mapping[str, str]) -> str:
    """Return the page. `pictures` has the source of a picture by incident: `data:`, or `cid:` in a mail."""
    title = f"ringwatch: {long_day(digest.day)}"
    parts = "".join(_parts(digest, text, origin, pictures))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(title)}</title><style>{DARK}</style></head>"
        f'<body class="b" style="{BODY}"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
        f'<td align="center"><table role="presentation" class="c" width="100%" cellpadding="0" cellspacing="0" border="0" style="{CARD}">'
        f"{parts}</table></td></tr></table></body></html>\n"
    )


def _parts(digest: Digest, text: Sequence[str], origin: str, pictures: Mapping[str, str]) -> Iterator[str]:
    so_far = "" if digest.is_over else " &middot; so far"
    yield _line(f'<h1 class="t" style="{HEAD}">{escape(long_day(digest.day))}{so_far}</h1>')
    yield _line(f'<p class="t" style="{TEXT}">{_whole(" ".join(text))}</p>')
    yield _line(_tiles(tiles(digest)))
    yield _line(_week(digest.week))
    for section in sections(digest):
        yield _line(_section(section))
        if section.title == "Incidents" and digest.incidents:
            for one in digest.incidents.largest:
                yield _line(_large(one, origin, pictures.get(one.id)))
    desk = f'<a class="l" style="{LINK}" href="{escape(origin)}/digest?day={escape(digest.day)}">Open it in the desk</a>'
    yield _line(f'<p class="n" style="{FOOT}">{escape(foot(digest))} {desk}</p>')


def _whole(text: str) -> str:
    """Return a text of which no line ends between a number and what it is of."""
    return _BETWEEN.sub("&nbsp;", escape(text))


def _line(content: str) -> str:
    return f'<tr><td style="padding:0 16px">{content}</td></tr>'


def _tiles(found: Sequence[Row]) -> str:
    cells = [
        f'<td class="k" width="50%" valign="top" style="{TILE}"><div class="n" style="{LABEL}">{escape(row.name)}</div>'
        f'<div class="{"n" if row.is_unknown else "t"}" style="{VALUE}">{_whole(row.value)}</div>'
        f'<div class="n" style="{NOTE}">{_whole(row.note)}</div></td>'
        for row in found
    ]
    rows = "".join(f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2))
    return f'<table role="presentation" width="100%" cellpadding="0" cellspacing="6" border="0" style="table-layout:fixed">{rows}</table>'


def _section(section: Section) -> str:
    rows = "".join(
        f'<tr><th class="t r" scope="row" align="left" valign="top" width="38%" style="{CELL};font-weight:normal">{escape(row.name)}</th>'
        f'<td class="r" valign="top" style="{CELL}"><b class="{"n" if row.is_unknown else "t"}">{_whole(row.value)}</b>'
        f'{_note(row.note)}</td></tr>'
        for row in section.rows
    )  # fmt: skip
    return f"{_title(section.title)}<table {_TABLE}>{rows}</table>"


def _note(text: str) -> str:
    return f'<div class="n" style="{NOTE}">{_whole(text)}</div>' if text else ""


def _title(text: str) -> str:
    return f'<h2 class="t" style="{RULE}">{escape(text)}</h2>'


def _large(one: Large, origin: str, picture: str | None) -> str:
    link = f'<a class="l" style="{LINK}" href="{escape(incident_link(origin, one.id))}">{escape(one.headline)}</a>'
    image = (
        f'<img src="{escape(picture)}" width="536" alt="The ring of this incident" '
        'style="display:block;width:100%;max-width:536px;height:auto;border-radius:6px;margin-top:8px">'
        if picture
        else ""
    )
    return f'<div class="k" style="{TILE};margin:8px 0">{link}<div class="n" style="{NOTE}">{_whole(large_text(one))}</div>{image}</div>'


def _week(days: Sequence[TrendDay]) -> str:
    """Return the week as a table with bars: mail programs draw no SVG."""
    most = max((one.alerts or 0 for one in days), default=0)
    rows = "".join(_bar(one, most, is_last=one is days[-1]) for one in days)
    head = "".join(
        f'<th class="n" align="{side}" width="{width}" style="{NOTE};padding:0 6px;font-weight:normal">{name}</th>'
        for name, side, width in (("Day", "left", "27%"), ("Alerts", "left", "33%"), ("Blocked", "right", "40%"))
    )
    return f"{_title('The week')}<table {_TABLE}><tr>{head}</tr>{rows}</table>"


def _bar(one: TrendDay, most: int, *, is_last: bool) -> str:
    share = round(60 * (one.alerts or 0) / most) if most else 0
    bar = f'<span class="g" style="{BAR};width:{max(1, share)}%"></span> ' if one.alerts else ""
    weight = "bold" if is_last else "normal"
    cell = f"{CELL};font-weight:{weight};white-space:nowrap;padding:4px 6px"
    return (
        f'<tr><td class="t r" style="{cell}">{escape(short_day(one.day))}</td>'
        f'<td class="t r" style="{cell}">{bar}{count_text(one.alerts)}</td>'
        f'<td class="t r" align="right" style="{CELL};font-weight:{weight};padding:4px 6px">{_whole(sums_text(one.blocked))}</td></tr>'
    )
