"""A notice as Slack's blocks. What comes from outside is escaped: no mention and no link of it works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ops.notify.notice import Digest, Notice, Page
from ops.notify.words import digest_line, digest_rest, digest_title, figures, title

_SECTION, _HEADER, _FIELD, _TEXT, _LINK = 3_000, 150, 2_000, 3_000, 3_000
"""Most characters of Slack's texts, after escaping."""
_FIELDS = 10
_SENTENCES, _STEPS = 6, 4
_COLOURED = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "⚪"}


def escaped(text: str, most: int = _SECTION) -> str:
    """Return a text with nothing in it that Slack acts on; cut before an entity, not in it."""
    written: list[str] = []
    length = 0
    for sign in text:
        part = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(sign, sign)
        length += len(part)
        if length > most - 1:
            return f"{''.join(written)}…"
        written.append(part)
    return "".join(written)


def fallback(notice: Notice) -> str:
    """Return the text of a notification on a phone."""
    return escaped(title(notice), _TEXT)


def blocks(notice: Notice) -> list[dict[str, Any]]:
    """Return the blocks of one incident."""
    head = f"{_COLOURED.get(notice.severity, '')} {title(notice)}".strip()
    found = [_header(head), _fields(figures(notice)[:_FIELDS]), *_listed(notice.sentences[:_SENTENCES], "")]
    found += _listed(notice.steps[:_STEPS], "• ")
    return [*found, _links([(notice.link, "Open the incident")]), _context(f"{notice.incident}, revision {notice.revision}")]


def digest_blocks(digest: Digest) -> list[dict[str, Any]]:
    """Return the blocks of many incidents."""
    lines = [_mrkdwn(f"<{line.link}|{escaped(digest_line(line), _SECTION - len(line.link) - 3)}>") for line in digest.lines]
    rest = [_section(escaped(digest_rest(digest)))] if digest_rest(digest) else []
    sections = [{"type": "section", "text": line} for line in lines]
    return [_header(digest_title(digest)), *sections, *rest, _links([(digest.link, "Open the queue")])]


def page_message(page: Page) -> dict[str, Any]:
    """Return the message of a page: its short text and a link."""
    return {
        "text": escaped(page.title, _TEXT),
        "blocks": [_header(page.title), _section(escaped(page.text)), _links([(page.link, "Open it")])],
    }


def _header(text: str) -> dict[str, Any]:
    shown = text if len(text) <= _HEADER else f"{text[: _HEADER - 1]}…"
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def _fields(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"type": "section", "fields": [_mrkdwn(f"*{name}*\n{escaped(value, _FIELD - len(name) - 3)}") for name, value in pairs]}


def _listed(texts: Sequence[str], begin: str) -> list[dict[str, Any]]:
    """Return texts as one section, those that have room in it."""
    room, lines = _SECTION, []
    for text in texts:
        line = f"{begin}{escaped(text, _SECTION - len(begin))}"
        if room < len(line) + 1:
            break
        lines.append(line)
        room -= len(line) + 1
    return [_section("\n".join(lines))] if lines else []


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _links(links: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return buttons; their addresses are ours."""
    buttons = [{"type": "button", "text": {"type": "plain_text", "text": text}, "url": link[:_LINK]} for link, text in links]
    return {"type": "actions", "elements": buttons}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_mrkdwn(escaped(text))]}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
