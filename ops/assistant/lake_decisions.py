"""The tool that lists decisions of the lake: approved events, too, and those that the store no longer has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.decisions.decision import DECISIONS
from domain.times import moment_ms
from ops.assistant.addresses import entity_address
from ops.assistant.arguments import chosen, known_only, text_of, whole_of
from ops.assistant.entity_tools import entity_of
from ops.assistant.lake import Lake, literal
from ops.assistant.result import MOST_ROWS, Column, Result, Row
from ops.assistant.window import USUAL, Window, window_of

TOOL = "find_decisions"
DOES = "list decisions on events of the lake, approved ones too, the latest first"
ARGUMENTS = "event: its id, entity, decision: approve, investigate or block, event_type, {window}, most: rows up to 20"
_COLUMNS = (
    Column("event", "id"), Column("time", "moment"), Column("event type", "text"), Column("decision", "text"), Column("score", "score"),
    Column("amount", "money"), Column("currency", "text"), Column("account", "entity"), Column("model", "text"),
)  # fmt: skip
_SQL = (
    "SELECT event_id, event_time, event_type, decision, score, amount, currency, account, model FROM decisions WHERE {where} "
    "QUALIFY row_number() OVER (PARTITION BY event_id, coalesce(account, '') ORDER BY decided_at) = 1 "
    "ORDER BY event_time DESC, event_id LIMIT {most}"
)


def find_decisions(lake: Lake, arguments: Mapping[str, Any], now: int, within_s: float) -> Result:
    """Return decisions, the latest first. Raises `Invalid`, `Conflict`."""
    known_only(arguments, ("event", "entity", "decision", "event_type", "window", "most"))
    window, most = window_of(text_of(arguments, "window", default=USUAL), now), whole_of(arguments, "most", 10, MOST_ROWS)
    sql = _SQL.format(where=" AND ".join(_where(arguments, window)), most=most + 1)
    found = lake.rows(sql, most + 1, within_s)
    title = f"Latest decisions, {window.words}, in the lake"
    return Result(TOOL, dict(arguments), title, _COLUMNS, [_row(one) for one in found[:most]], len(found) > most)


def _where(arguments: Mapping[str, Any], window: Window) -> Iterator[str]:
    yield f"day BETWEEN DATE {literal(str(window.first))} AND DATE {literal(str(window.last))}"
    if (decision := chosen(arguments, "decision", DECISIONS)) is not None:
        yield f"decision = {literal(decision)}"
    for name, column in (("event", "event_id"), ("event_type", "event_type")):
        if arguments.get(name) is not None:
            yield f"{column} = {literal(text_of(arguments, name))}"
    if arguments.get("entity") is not None:
        kind, _, pseudonym = entity_of(arguments).partition(":")
        yield f"{'account' if kind == 'account' else f'entities[{literal(kind)}]'} = {literal(pseudonym)}"


def _row(one: Mapping[str, Any]) -> Row:
    account = f"account:{one['account']}" if one["account"] else None
    time = moment_ms(one["event_time"]) if one["event_time"] else None
    values = (
        one["event_id"],
        time,
        one["event_type"],
        one["decision"],
        one["score"],
        one["amount"],
        one["currency"],
        account,
        one["model"],
    )
    return Row(values, entity_address(account) if account else "")
