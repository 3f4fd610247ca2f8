"""A digest as Markdown. Texts from outside are escaped: they make no heading, link or picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ops.digest.figures import Digest
from ops.digest.sections import Row, foot, large_text, sections, tiles
from ops.digest.words import count_text, incident_link, long_day, short_day, sums_text

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")
_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)


def markdown(digest: Digest, text: Sequence[str], origin: str) -> str:
    """Return the page; incidents link to the service at `origin`."""
    return "\n".join(_lines(digest, text, origin)) + "\n"


def _lines(digest: Digest, text: Sequence[str], origin: str) -> Iterator[str]:
    yield from (f"# ringwatch: {long_day(digest.day)}", "", " ".join(map(escaped, text)), "")
    yield from _table(tiles(digest))
    for section in sections(digest):
        yield from ("", f"## {section.title}", "", *_table(section.rows))
        if section.title == "Incidents" and digest.incidents and digest.incidents.largest:
            yield ""
            for one in digest.incidents.largest:
                yield f"- [{escaped(one.headline)}]({incident_link(origin, one.id)}): {escaped(large_text(one))}"
    yield from ("", "## The week", "", "| day | alerts | blocked |", "| --- | ---: | ---: |")
    yield from (f"| {short_day(its.day)} | {count_text(its.alerts)} | {escaped(sums_text(its.blocked))} |" for its in digest.week)
    yield from ("", escaped(foot(digest)))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| | | |", "| --- | ---: | --- |")
    for row in rows:
        yield f"| {escaped(row.name)} | **{escaped(row.value)}** | {escaped(row.note)} |"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, and takes for no address."""
    return _ADDRESS.sub(lambda found: found[0].replace("://", ":\u200b//").replace(".", ".\u200b"), _MARKS.sub(r"\\\1", text))
