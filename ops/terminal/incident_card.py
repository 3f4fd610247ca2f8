"""A card for one revision of an incident: what it is, what to do, who takes part, and each fact that the
text cites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.wording import plural
from ops.terminal.lines import DECISION_STYLES, SEVERITY_STYLES, count_text, flowed
from ops.terminal.shown_values import UNKNOWN, amount_text, items, mapping, moment, money, number, number_of, plain

WIDTH = 100  # where no terminal says how wide it is
_TEXT_CHARS = 2000
_MOST_STEPS, _MOST_FACTS, _MOST_SUMS = 8, 40, 9
_STRONGEST = 3
_ACCOUNTS = 12
_EVENTS, _MOST_NAMED, _RELATED = 4, 40, 12  # of a wave
_LABELS = 14  # cells of the labels' column and of the gap beside it
_FRAME = 4  # cells of the panel's border and padding
_CITED = re.compile(r"\bF\d+\b")


def incident_card(incident: Mapping[str, Any], width: int = WIDTH, options: str = "") -> Panel:
    """Return a panel for one revision of an incident, from its document, as wide as `width` cells.

    `options` are those that a command needs to find the incident, such as ` --set redis.prefix=k1:`.
    """
    severity = plain(incident.get("severity"))
    style = SEVERITY_STYLES.get(severity, "")
    pattern = "" if incident.get("pattern") in (None, "unclear") else f" · {plain(incident.get('pattern'))}"
    standing = " · ".join(plain(incident.get(field)) for field in ("action", "status"))
    title = Text.assemble((f" {severity.upper()} ", style), f" {standing} · revision {plain(incident.get('revision'))}{pattern} ")
    names = f"{plain(incident.get('id'))} · ring {plain(incident.get('ring'))}"
    written = Text(f" {names} · written by {_writer(incident.get('writer'))} ", style="dim")
    body = Group(
        Text(_text(incident.get("headline")), style="bold"),
        Text(_text(incident.get("explanation"))),
        Text(),
        _rows(incident, max(20, width - _FRAME - _LABELS), options),
    )
    return Panel(
        body,
        title=title,
        title_align="left",
        subtitle=written,
        subtitle_align="right",
        border_style="red" if severity == "critical" else style,
        width=width,
    )


def _rows(incident: Mapping[str, Any], width: int, options: str) -> Table:
    """Return the card's labelled rows, those that hold something; `width` is what is left for the values."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    evidence = mapping(incident.get("evidence"))
    goes_on = incident.get("merged_into")
    times = f"{moment(incident.get('first_time'))} to {moment(incident.get('last_time'))} UTC"
    for label, value in (
        ("Next steps", _steps(incident.get("next_steps"), width)),
        ("Scale", Text(_scale(incident))),
        ("Time", Text(times)),
        ("Accounts", _accounts(incident.get("participants"), width)),
        ("Strongest", _strongest(evidence.get("strongest"), width)),
        ("Events", _events(incident.get("events"), width)),
        ("Same time", _flow([(plain(name), "") for name in items(incident.get("related"), _RELATED)], width)),
        ("Facts cited", _facts(incident, evidence.get("facts"), width)),
        ("Goes on as", Text("" if goes_on is None else f"ring {plain(goes_on)}")),
        ("Verdict", _verdict(incident, width, options)),
    ):
        if value:
            rows.add_row(label, value)
    return rows


def _verdict(incident: Mapping[str, Any], width: int, options: str) -> Text:
    """Return the command that says what the incident was; a wave has no alerts to say it of."""
    if incident.get("kind") == "wave":
        return Text()
    words = (f"ringwatch verdict {plain(incident.get('id'))}", "fraud|legitimate|inconclusive", f"--by NAME --reason TEXT{options}")
    line = Text(" ".join(words), "dim")
    return line if line.cell_len <= width else Text(" \\\n  ".join((words[0], " ".join(words[1:]))), "dim")


def _steps(steps: object, width: int) -> Text:
    return _flow(((f"{i}. {_text(step)}", "") for i, step in enumerate(items(steps, _MOST_STEPS), 1)), width, each_its_own=True)


def _facts(incident: Mapping[str, Any], facts: object, width: int) -> Text:
    """Return each fact that headline, explanation or a step cites; all facts if none is cited."""
    texts = (incident.get("headline"), incident.get("explanation"), *items(incident.get("next_steps"), _MOST_STEPS))
    cited = {found for text in texts for found in _CITED.findall(str(text))}
    known = [mapping(fact) for fact in items(facts, _MOST_FACTS)]
    shown = [fact for fact in known if fact.get("id") in cited] if cited else known
    return _flow(((f"{plain(fact.get('id', UNKNOWN))}: {_text(fact.get('text', UNKNOWN))}", "") for fact in shown), width)


def _scale(incident: Mapping[str, Any]) -> str:
    """Return how many alerts, or events of a wave, participants of each kind, and how much money."""
    parts = [part for part in (_participants(incident.get("participants")), _at_risk(incident), _paid(incident)) if part]
    return ", ".join([count_text(incident), *parts])


def _participants(participants: object) -> str:
    said = []
    for kind, of_kind in mapping(participants).items():
        count = mapping(of_kind).get("count")
        bound = "" if mapping(of_kind).get("exact", True) else "at least "
        said.append(f"{bound}{number(count, ',.0f')} {plain(kind) if count == 1 else plural(plain(kind))}")
    return ", ".join(said)


def _accounts(participants: object, width: int) -> Text:
    accounts = mapping(mapping(participants).get("account"))
    listed = [(plain(pseudonym), "") for pseudonym in items(accounts.get("pseudonyms"), _ACCOUNTS)]
    left = accounts.get("count")
    if listed and isinstance(left, int) and left > len(listed):
        listed.append((f"and {left - len(listed):,} more (--json lists them)", "dim"))
    return _flow(listed, width)


def _strongest(strongest: object, width: int) -> Text:
    """Return the strongest alerts, each with its event's id and account."""
    lines = []
    for event in (mapping(event) for event in items(strongest, _STRONGEST)):
        decision, account = plain(event.get("decision")), mapping(event.get("entities")).get("account")
        head = Text(number(event.get("score"), ".2f"), "bold").append("  ").append(decision, DECISION_STYLES.get(decision, ""))
        named = [f"account {plain(account)}"] if account is not None else []
        pieces = [plain(event.get("type")), money(event), *named, f"event {plain(event.get('id'))}"]
        lines.append(flowed(head, [(piece, "") for piece in pieces if piece], width))
    return Text("\n").join(lines)


def _events(events: object, width: int) -> Text:
    """Return the latest events that a wave names, each with its account and id."""
    listed = items(events, _MOST_NAMED)
    lines = []
    for event in map(mapping, listed[-_EVENTS:]):
        named = [f"account {plain(event.get('account'))}", f"event {plain(event.get('event_id'))}"]
        lines.append(flowed(Text(moment(event.get("time"), "%m-%d %H:%M:%S"), "dim"), [(piece, "") for piece in named], width))
    if len(listed) > _EVENTS:
        lines.append(Text(f"and {len(listed) - _EVENTS} before (--json lists them)", "dim"))
    return Text("\n").join(lines)


def _flow(pieces: Iterable[tuple[str, str]], width: int, each_its_own: bool = False) -> Text:
    found = list(pieces)
    if each_its_own:
        return Text("\n").join(Text(text, style) for text, style in found)
    return flowed(Text(), found, width, 0)


def _text(value: object) -> str:
    return "" if value is None else plain(value, _TEXT_CHARS)


def _writer(writer: object) -> str:
    """Return the model's name where a model wrote, else the writer's."""
    named = mapping(writer)
    return plain(named.get("model") or named.get("name"))


def _at_risk(incident: Mapping[str, Any]) -> str:
    """Return all sums, the largest first, as the summary names them."""
    return f"{_sums(incident.get('money_at_risk')) or 'no money'} at risk"


def _paid(incident: Mapping[str, Any]) -> str:
    """Return how much of it was paid, where the document says it; the rest was only tried."""
    if not incident.get("money_at_risk") or incident.get("kind") == "wave" or "money_paid" not in incident:
        return ""
    return f"{_sums(incident['money_paid']) or 'nothing'} of it paid"


def _sums(sums: object) -> str:
    ranked = sorted(mapping(sums).items(), key=lambda item: (-(number_of(item[1]) or 0.0), str(item[0])))
    amounts = [amount_text(amount, currency) for currency, amount in ranked[:_MOST_SUMS]]
    more = [f"{len(ranked) - _MOST_SUMS:,} more"] if len(ranked) > _MOST_SUMS else []
    return " + ".join([*amounts, *more])
