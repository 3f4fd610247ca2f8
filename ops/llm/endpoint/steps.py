"""The way down: how an agreement changes with what an answer refuses, and what is tried again later.

Pure: a verdict and an agreement in, an agreement out. A capability steps down only if the answer names it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from ops.llm.endpoint.agreed import LADDERS, Agreed, Dropped
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.verdict import Kind, Verdict

FIRST_PAUSE_S = 3600.0
"""After that a capability that was refused is tried again; the pause doubles with each refusal."""
_LONGEST_PAUSE_S = 24 * 3600.0
_MOST_EXTRA = 8  # switches that an endpoint may ask for
_WORKS_AFTER = 2  # tries: endpoints that pass requests on to others differ from one to the next

_SMALL_HELPS = re.compile(
    r"strictly positive|(?:greater|larger) than (?:0|zero)|> ?0|must be positive|above 0|non-?zero|cannot be 0|\(0(?:\.0+)?, ?\d"
)
_TYPES = re.compile(r"['`\"](json_schema|json_object|text)['`\"]")
_LISTS_TYPES = re.compile(r"must be|should be|one of|supported values|supported types|only|expected|allowed")
_SCHEMA_PART = re.compile(r"\bstrict\b|additionalproperties|min_?items|keyword|schema fields|invalid schema|in context=")
_A_TYPE = re.compile(r"json[_ ]?schema|json[_ ]?object|structured|\btype\b|schema")
_GOT = re.compile(r"\breceived\b|\bgot\b|\bbut\b")
_NO_JSON = re.compile(r"json (?:mode|output)|json_mode|json_output")
_LISTS_LOW = re.compile(r"(?:supported|allowed|valid) values[^.]*['`\"]low")


def stepped_down(agreed: Agreed, verdict: Verdict, visited: Collection[object], reason: str, now: float) -> Agreed | None:
    """Return what to ask for after a refusal, None if all that is left is in `visited`, of `Agreed.rungs`."""
    changed = agreed
    if verdict.kind == Kind.JSON_WORD:
        changed = replace(agreed, says_json=True) if not agreed.says_json else agreed.on(Capability.FORMAT, "none")
    elif verdict.kind == Kind.PARAMETER and verdict.parameter:
        name, value = verdict.parameter
        if name in agreed.extra or len(agreed.extra) < _MOST_EXTRA:
            changed = replace(agreed, extra={**agreed.extra, name: value})
    for capability in sorted(verdict.named):
        rungs = [rung for rung in _next_rungs(agreed, capability, verdict.text) if changed.on(capability, rung).rungs not in visited]
        changed = _without(changed, capability, rungs[0], reason, now) if rungs else changed
    return changed if changed.rungs not in visited else None


def without_extra(agreed: Agreed, verdict: Verdict, visited: Collection[object]) -> Agreed | None:
    """Return what to ask for without the switches that a refusal names; None if it names none.

    Another endpoint asked for them, or the model before this one.
    """
    if verdict.kind == Kind.PARAMETER:
        return None
    left = {name: value for name, value in agreed.extra.items() if name.rpartition(".")[2] not in verdict.text}
    changed = replace(agreed, extra=left)
    return changed if changed.rungs not in visited else None


def _next_rungs(agreed: Agreed, capability: Capability, text: str) -> tuple[str, ...]:
    """Return the rungs to take after a refusal, the best first."""
    rung = agreed.rung(capability)
    match capability:
        case Capability.CAP:
            return tuple(other for other in LADDERS[capability] if other != rung)
        case Capability.TEMPERATURE:
            return ("small", "out") if rung == "as set" and _SMALL_HELPS.search(text) else ("out",)
        case Capability.FORMAT:
            return _next_formats(rung, text)
        case Capability.SYSTEM:
            return ("merged",)
    return ("low", "out") if rung == "as set" and _LISTS_LOW.search(text) else ("out",)


def _next_formats(rung: str, text: str) -> tuple[str, ...]:
    allowed = _allowed_types(text)
    if allowed and ("json_object" if rung == "object" else "json_schema") not in allowed:
        schemas = ("strict", "schema") if "json_schema" in allowed else ()
        return (*schemas, *(("object",) if "json_object" in allowed else ()), "none")
    if rung == "strict" and _SCHEMA_PART.search(text):
        return ("schema", "object", "none")
    if _NO_JSON.search(text) or not _A_TYPE.search(text):
        return ("none",)
    return ("object", "none") if rung in ("strict", "schema") else ("none",)


def _allowed_types(text: str) -> set[str]:
    """Return the types of format that a folded text lists: "must be 'json_schema' or 'text'"."""
    lists = [_GOT.split(_LISTS_TYPES.split(line)[-1])[0] for line in text.split("\n") if _LISTS_TYPES.search(line)]
    allowed = {name for line in lists for name in _TYPES.findall(line)}
    return allowed | ({"json_schema"} if "json_schema: field required" in text else set())


def _without(agreed: Agreed, capability: Capability, rung: str, reason: str, now: float) -> Agreed:
    before = agreed.dropped.get(capability)
    pause_s = min(_LONGEST_PAUSE_S, before.pause_s * 2) if before else FIRST_PAUSE_S
    return replace(agreed.on(capability, rung), dropped={**agreed.dropped, capability: Dropped(reason, now + pause_s, pause_s)})


def minimal(agreed: Agreed, cap: str = "max_tokens") -> Agreed:
    """Return the least that can be asked for: what most endpoints take, if the prompt is not the trouble."""
    return replace(agreed, cap=cap, temperature="out", format="none", system="merged", effort="out", owed=())


def owing(taken: Agreed, before: Agreed) -> Agreed:
    """Return a minimal agreement that worked, with what it gave up of `before` to be tried one at a time."""
    formats = [rung for rung in ("object", "strict") if before.format in ("strict", "schema", rung)]
    owed = [(str(Capability.FORMAT), rung) for rung in formats]
    owed += [(str(Capability.SYSTEM), "own")] if before.system == "own" else []
    owed += [(str(Capability.TEMPERATURE), before.temperature)] if before.temperature != "out" else []
    owed += [(str(Capability.EFFORT), before.effort)] if before.effort != "out" else []
    return replace(taken, owed=tuple(owed))


def to_try(agreed: Agreed, now: float, calls: int, least_calls: int = 20) -> tuple[Capability, str] | None:
    """Return the one rung more than agreed that the next request may try: one that is owed, or that was
    refused long ago and `calls` requests since.
    """
    if agreed.owed:
        name, rung = agreed.owed[0]
        return Capability(name), rung
    due = [name for name, one in agreed.dropped.items() if now >= one.again_at and calls >= least_calls]
    return (Capability(due[0]), LADDERS[Capability(due[0])][0]) if due else None


def tried(agreed: Agreed, capability: Capability, rung: str, works: bool, reason: str, now: float) -> Agreed:
    """Return the agreement after a try: what works is agreed, what was refused waits twice as long."""
    if agreed.owed and agreed.owed[0] == (capability, rung):
        agreed = replace(agreed, owed=agreed.owed[1:])
        return agreed.on(capability, rung) if works else _without(agreed, capability, agreed.rung(capability), reason, now)
    dropped = agreed.dropped.get(capability)
    if agreed.rung(capability) == rung or (works and not dropped):  # another call was faster
        return agreed
    if not works or not dropped:
        return _without(agreed, capability, agreed.rung(capability), reason, now)
    if dropped.worked + 1 < _WORKS_AFTER:
        return replace(agreed, dropped={**agreed.dropped, capability: replace(dropped, worked=dropped.worked + 1)})
    left: Mapping[str, Dropped] = {name: one for name, one in agreed.dropped.items() if name != capability}
    return replace(agreed.on(capability, rung), dropped=left)
