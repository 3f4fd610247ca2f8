"""The forms of a digest: HTML, Markdown, JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

from domain.json_text import as_json
from ops.digest.document import document_of
from ops.digest.figures import Digest
from ops.digest.markdown import markdown
from ops.digest.page import page

Picture = Callable[[str], bytes | None]
"""Draws the ring of an incident as PNG, by its id."""
DRAWN = 3
"""Rings that have a picture: a mail of more than a megabyte is cut or refused."""
HTML, MARKDOWN, JSON = ".html", ".md", ".json"
FORMS = (HTML, MARKDOWN, JSON)
TEMPLATE = "template"


def drawn(digest: Digest, picture: Picture) -> Mapping[str, bytes]:
    """Return the pictures of the largest incidents that have one."""
    found = dict[str, bytes]()
    for one in digest.incidents.largest if digest.incidents else ():
        if len(found) < DRAWN and (png := picture(one.id)):
            found[one.id] = png
    return found


def inline(pictures: Mapping[str, bytes]) -> Mapping[str, str]:
    """Return the pictures as sources within a file."""
    return {incident: f"data:image/png;base64,{base64.b64encode(png).decode()}" for incident, png in pictures.items()}


def written(digest: Digest, told: tuple[Sequence[str], str], form: str, origin: str, picture: Picture) -> str:
    """Return a digest in one of `FORMS`; `told` is its sentences, and who wrote them."""
    text, writer = told
    if form == HTML:
        return page(digest, text, origin, inline(drawn(digest, picture)))
    return markdown(digest, text, origin) if form == MARKDOWN else f"{as_json(document_of(digest, text, writer))}\n"
