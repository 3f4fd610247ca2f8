"""An incident's picture, from its documents: the one thing that pages, mails and digests call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from markupsafe import Markup

from ops.desk.ring_picture.crowd import bounded
from ops.desk.ring_picture.gather import graph_of
from ops.desk.ring_picture.graph import Graph
from ops.desk.ring_picture.image import ring_png
from ops.desk.ring_picture.layout import Layout, layout_of
from ops.desk.ring_picture.legend import legend_html
from ops.desk.ring_picture.picture import ring_svg
from ops.desk.ring_picture.words import sentences


@dataclass(frozen=True, slots=True)
class RingPicture:
    """A laid-out ring. Every form of it takes a revision, the newest where it is None."""

    title: str
    known: Graph
    """All that the documents say; the words tell of it."""
    drawn: Graph
    """The same, with what is too much for a picture gathered."""
    layout: Layout

    @classmethod
    def of(cls, revisions: Sequence[Mapping[str, Any]], alerts: Iterable[Mapping[str, Any]], title: str) -> Self:
        """Return the picture of an incident from the documents of its revisions and of its alerts."""
        known = graph_of(revisions, alerts)
        drawn = bounded(known)
        return cls(title, known, drawn, layout_of(drawn))

    @property
    def revisions(self) -> tuple[int, ...]:
        """The numbers of the revisions, for a slider."""
        return self.known.revisions

    def svg(self, at: int | None = None) -> Markup:
        """Return the picture for a page."""
        return ring_svg(self.drawn, self.layout, at, self.title)

    def legend(self) -> Markup:
        """Return what its shapes and fillings mean, as a list for a page."""
        return legend_html(self.drawn)

    def words(self, at: int | None = None) -> tuple[str, ...]:
        """Return the same as sentences."""
        return sentences(self.known, at)

    def png(self, at: int | None = None) -> bytes:
        """Return the picture with title, words and legend, for a mail; its text is `words`."""
        return ring_png(self.drawn, self.layout, self.words(at), at, self.title)
