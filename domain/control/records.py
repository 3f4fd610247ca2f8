"""Control records: JSON objects, one a line, each of which puts one thing in force: a model, a rule, a rate.

A record that does not hold is `Rejected` with the field and the mend. No reason quotes a value that may be a
raw identifier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.control.listed import ListedEntity, listed_entity
from domain.control.rates import currency_of_record, rate_of
from domain.control.signature import FIELD, ControlKeys
from domain.decisions.effects import ALLOW_LIST, BLOCK_LIST, SWITCHES
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.events.identity import Pseudonyms
from domain.events.json_object import TooDeep, json_object
from domain.rules.conditions import ACTIVE, DELETED, PAUSED, SHADOW, Rule
from domain.rules.entity_lists import ListRecord
from domain.rules.language import rule_of
from domain.rules.names import RuleNames, mistyped, nearest
from domain.rules.record_fields import choice_of, expiry_of, id_of, list_name_of, refuse_others, text_of, version_of

MODEL, SHADOW_MODEL, RULE, LIST, SWITCH, RATE = "model", "shadow_model", "rule", "list", "switch", "rate"
KINDS = (MODEL, SHADOW_MODEL, RULE, LIST, SWITCH, RATE)
MAX_PATH = 512  # characters; the path travels with every event
_BY, _REASON = "who asks for it", "why it is asked for"
_LIST_FIELDS = (
    "control", "id", "version", "state", "list", "entity", "raw", "file", "kind", "pseudonyms", "expires_at", "by", "reason",
)  # fmt: skip
_MAX_DEPTH = 16  # a rule's conditions nest four deep, each in an object and an array
_EXAMPLE = '{"control": "model", "path": "models/new"}'


@dataclass(frozen=True)
class ControlRecord:
    """A valid control record."""

    kind: str
    """One of `KINDS`."""
    id: str
    """Its own among the records of its kind; empty for the two kinds of model, of which one is in force."""
    version: int | None
    """None for a model without one: such records count by arrival."""
    state: str
    """active, shadow, paused or deleted."""
    document: dict[str, Any]
    """The record as it was sent, without signature; an entity is a pseudonym, never a raw identifier."""
    rule: Rule | None = None
    """The rule, if it is in force."""
    listed: ListRecord | None = None
    """The record of a list, if it is in force."""
    entity: int | None = None
    """The pseudonym of a list's single entity; None if the entities are in a file."""
    rate: float | None = None
    """What a unit of the currency is worth, if the record is one of a rate and in force."""

    @property
    def key(self) -> str:
        """Return what tells it from all other records: the kind and the id."""
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @property
    def name(self) -> str:
        """Return how a person names it: R7, the switch auto_block, the model."""
        if self.kind in (SWITCH, RATE):
            return f"the {self.kind} {'of ' if self.kind == RATE else ''}{self.id}"
        return self.id or f"the {self.kind.replace('_', ' ')}"

    @property
    def is_in_force(self) -> bool:
        """Return whether it does anything; paused and deleted ones do not."""
        return self.state in (ACTIVE, SHADOW)

    @property
    def path(self) -> str:
        """Return the folder of the model, empty for other records."""
        return str(self.document.get("path") or "")

    @property
    def file(self) -> str:
        """Return the file that holds the list's entities, empty for other records."""
        return str(self.document.get("file") or "")

    @property
    def digest(self) -> str:
        """Return a digest of the content, by which two records of one version are told apart."""
        text = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def control_record(line: bytes, names: RuleNames, keys: ControlKeys | None, pseudonyms: Pseudonyms) -> ControlRecord:
    """Return the record of a line; raise `Rejected` with the field and the mend.

    With `keys` it must be signed, and have a version. Raw identifiers are hashed here, by `pseudonyms`.
    """
    document = _object(line)
    if keys is not None:
        keys.check(document)
    document.pop(FIELD, None)
    record = record_of(document, names, pseudonyms)
    if keys is not None and record.version is None:
        raise Rejected("version", "a signed record needs one: without, who sends it once more brings an old model back")
    refuse_mistyped(record)
    return record


def refuse_mistyped(record: ControlRecord) -> None:
    """Raise `Rejected` for a list that is meant to decide but for its name: it would silently do nothing."""
    if record.listed and (near := mistyped(record.listed.list, (BLOCK_LIST, ALLOW_LIST))):
        raise Rejected("list", f"did you mean {near}? A list of any other name decides nothing; choose one less like it")


def record_of(document: dict[str, Any], names: RuleNames, pseudonyms: Pseudonyms) -> ControlRecord:
    """Return the record of an object without its signature; raise `Rejected`."""
    kind = document.get("control")
    if not isinstance(kind, str) or kind not in KINDS:
        near = nearest(kind, KINDS) if isinstance(kind, str) else None
        mend = f"did you mean {near}?" if near else f"one of {', '.join(KINDS)} is wanted, as in {_EXAMPLE}"
        raise Rejected("control", f"unknown control record; {mend}")
    if kind == RULE:
        return _rule(document, names)
    if kind == LIST:
        return _list(document, names, pseudonyms)
    if kind == RATE:
        return _rate(document)
    return _switch(document) if kind == SWITCH else _model(document, kind)


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        mend = "a list of many entries names a file"
        raise Rejected("line", f"{len(line):,} bytes are too long; a control record has at most {MAX_LINE_BYTES:,}: {mend}")
    if line.lstrip().startswith(b"["):
        raise Rejected("line", "an array; write each control record as an object on a line of its own")
    try:
        return json_object(line, _MAX_DEPTH)
    except TooDeep:
        raise Rejected("line", f"nested deeper than {_MAX_DEPTH} levels; conditions nest at most four deep") from None


def _model(document: dict[str, Any], kind: str) -> ControlRecord:
    refuse_others(document, ("control", "path", "version", "state", "by", "reason"))
    is_shadow = kind == SHADOW_MODEL
    if not is_shadow and document.get("state", ACTIVE) != ACTIVE:
        raise Rejected("state", "a model is always active: leave state out; to replace a model send another one")
    state = choice_of(document.get("state", ACTIVE), "state", (ACTIVE, DELETED))
    version = version_of(document) if is_shadow or document.get("version") is not None else None
    for name, wanted in (("by", _BY), ("reason", _REASON)):
        if document.get(name) is not None:
            text_of(document, name, wanted)
    path = document.get("path")
    is_path = isinstance(path, str) and 1 <= len(path) <= MAX_PATH and path.isprintable()
    if not is_path and (state == ACTIVE or path is not None):
        raise Rejected("path", f"the folder of a model artifact is wanted, 1 to {MAX_PATH} printable characters")
    return ControlRecord(kind, "", version, state, document)


def _rule(document: dict[str, Any], names: RuleNames) -> ControlRecord:
    rule = rule_of(document, names)
    return ControlRecord(RULE, rule.id, rule.version, rule.state, document, rule)


def _list(document: dict[str, Any], names: RuleNames, pseudonyms: Pseudonyms) -> ControlRecord:
    refuse_others(document, _LIST_FIELDS)
    record_id, version = id_of(document), version_of(document)
    state = choice_of(document.get("state", ACTIVE), "state", (ACTIVE, SHADOW, PAUSED, DELETED))
    by, reason = text_of(document, "by", _BY), text_of(document, "reason", _REASON)
    if state not in (ACTIVE, SHADOW):
        kept = {name: value for name, value in document.items() if name not in ("entity", "raw")}
        return ControlRecord(LIST, record_id, version, state, kept)
    name, expires_ms = list_name_of(document.get("list"), "list"), expiry_of(document)
    found = listed_entity(document, names, pseudonyms)
    listed = ListRecord(record_id, version, state, name, found.kind, expires_ms, by, reason)
    return ControlRecord(LIST, record_id, version, state, _without_raw(document, found), listed=listed, entity=found.pseudonym)


def _without_raw(document: Mapping[str, Any], found: ListedEntity) -> dict[str, Any]:
    if found.pseudonym is None:
        return dict(document)
    kept = {name: value for name, value in document.items() if name not in ("raw", "entity")}
    return {**kept, "entity": found.text}


def _switch(document: dict[str, Any]) -> ControlRecord:
    refuse_others(document, ("control", "name", "version", "on", "by", "reason"))
    name, on = choice_of(document.get("name"), "name", SWITCHES), document.get("on")
    if not isinstance(on, bool):
        raise Rejected("on", "true or false is wanted")
    text_of(document, "by", _BY)
    text_of(document, "reason", _REASON)
    return ControlRecord(SWITCH, name, version_of(document), ACTIVE, document)


def _rate(document: dict[str, Any]) -> ControlRecord:
    refuse_others(document, ("control", "id", "version", "state", "rate", "by", "reason"))
    code, version = currency_of_record(document), version_of(document)
    state, rate = choice_of(document.get("state", ACTIVE), "state", (ACTIVE, DELETED)), rate_of(document)
    text_of(document, "by", _BY)
    text_of(document, "reason", _REASON)
    return ControlRecord(RATE, code, version, state, document, rate=rate)
