"""A notice in plain sentences, as every channel of people says them."""

from __future__ import annotations

from domain.decisions.alert import SEVERITIES
from domain.times import rfc3339, rough_duration
from domain.wording import counted
from ops.notify.notice import CLAIMED, CLOSED, Digest, Happening, Line, Notice

_DONE = {
    "claimed": "claimed by {by}",
    "assigned": "assigned by {by}",
    "released": "given back to the queue by {by}",
    "verdict": "verdict by {by}",
    "closed": "closed by {by}",
    "reopened": "opened again by {by}",
    "undone": "taken back by {by}",
    "unclaimed": "nobody has claimed it in time",
    "revision": "",
}


def title(notice: Notice) -> str:
    """Return the one line that is read first."""
    late = f" ({notice.late} late)" if notice.late else ""
    return f"{notice.severity.upper()}{late}: {notice.headline}"


def standing(notice: Notice) -> str:
    """Return the state of the case: `open`, `claimed by anna`, `closed: fraud`."""
    if notice.state == CLAIMED:
        return f"claimed by {notice.owner}" if notice.owner else "claimed"
    if notice.state == CLOSED:
        return f"closed: {notice.verdict}" if notice.verdict else "closed without a verdict"
    return "open: nobody has claimed it in time" if notice.is_unclaimed else "open"


def figures(notice: Notice) -> list[tuple[str, str]]:
    """Return what is measured, as names and values."""
    money = " + ".join(notice.money)
    lasted = rough_duration(max(0, notice.until - notice.since) / 1000)
    found = [
        ("Money at risk", money or "none"),
        ("Size", f"{counted(notice.alerts, 'alert')}, {counted(notice.accounts, 'account')}"),
        ("Since", f"{rfc3339(notice.since)}, within {lasted}"),
        ("To do", notice.to_do),
        ("State", standing(notice)),
    ]
    return [*found, ("Pattern", notice.pattern)] if notice.pattern else found


def happened(one: Happening) -> str:
    """Return a thing that happened, empty for a new revision."""
    text = _DONE.get(one.what, "")
    return text.format(by=one.by) if one.by else text.removesuffix(" by {by}")


def replies(notice: Notice, whats: tuple[str, ...]) -> str:
    """Return what happened, of certain kinds, since the channel was told last; empty if nothing."""
    said = [happened(one) for one in notice.happened if one.what in whats]
    if not said:
        return ""
    verdict = f" ({notice.verdict})" if notice.verdict and notice.state == CLOSED else ""
    return f"{'; '.join(dict.fromkeys(said))}{verdict}"


def plain_text(notice: Notice) -> str:
    """Return the whole notice as text."""
    lines = [title(notice), "", *(f"{name}: {value}" for name, value in figures(notice))]
    for name, texts in (("What happened", notice.sentences), ("Facts", notice.facts), ("Next steps", notice.steps)):
        if texts:
            lines += ["", f"{name}:", *(f"- {text}" for text in texts)]
    return "\n".join([*lines, "", notice.link])


def digest_title(digest: Digest) -> str:
    """Return the first line of a digest."""
    return f"{counted(digest.count, 'incident')} at once: {by_severity(digest)}"


def by_severity(digest: Digest) -> str:
    """Return how many there are of each severity."""
    return ", ".join(f"{digest.severities[name]:,} {name}" for name in reversed(SEVERITIES) if digest.severities.get(name))


def digest_line(line: Line) -> str:
    """Return one incident of a digest."""
    return f"{line.severity.upper()}: {line.headline} ({line.state})"


def digest_rest(digest: Digest) -> str:
    """Return what a digest does not list, empty if it lists all and nothing is late."""
    late = f"{digest.late:,} of them are told late" if digest.late else ""
    more = f"and {digest.more:,} more" if digest.more > 0 else ""
    return "; ".join(part for part in (more, late) if part)


def digest_text(digest: Digest) -> str:
    """Return the whole digest as text."""
    lines = [digest_title(digest), "", *(f"- {digest_line(line)}\n  {line.link}" for line in digest.lines)]
    return "\n".join([*lines, digest_rest(digest), "", digest.link])
