"""What the job can have put in force: a record that is none was written by somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from domain.control.records import LIST, MAX_PATH, MODEL, RULE, SHADOW_MODEL
from domain.events.event import Rejected
from domain.rules.conditions import DECISIONS, STATES
from domain.rules.record_fields import choice_of, id_of, list_name_of, text_of, version_of

_KIND = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)
_ENTITY = re.compile(rf"{_KIND.pattern}:[0-9a-f]{{16}}", re.ASCII)


def check_record(kind: str, record_id: str, version: object, record: Mapping[str, Any]) -> None:
    """Raise ValueError where a field of a record is as the job takes none. What is missing is not asked for:
    records of models may have neither author nor version.
    """
    try:
        if kind not in (MODEL, SHADOW_MODEL):
            id_of({"id": record_id})
        if version is not None:
            version_of({"version": version})
        for name, check in {**_FIELDS, **_OF_KIND.get(kind, {})}.items():
            if record.get(name):
                check(record[name], name)
    except Rejected as why:
        raise ValueError(f"it is no entry of control_applied: {why}") from None


def _text(value: Any, name: str) -> None:
    text_of({name: value}, name, "a text")


def _path(value: Any, name: str) -> None:
    if not isinstance(value, str) or len(value) > MAX_PATH or not value.isprintable():
        raise Rejected(name, f"a path of up to {MAX_PATH} characters is wanted")


def _entity(value: Any, name: str) -> None:
    if not isinstance(value, str) or not _ENTITY.fullmatch(value):
        raise Rejected(name, "a pseudonym is wanted")


def _kind(value: Any, name: str) -> None:
    if not isinstance(value, str) or not _KIND.fullmatch(value):
        raise Rejected(name, "a kind of entity is wanted, such as device")


_FIELDS: Mapping[str, Callable[[Any, str], object]] = {
    "by": _text,
    "reason": _text,
    "path": _path,
    "state": lambda value, name: choice_of(value, name, STATES),
}
_OF_KIND: Mapping[str, Mapping[str, Callable[[Any, str], object]]] = {
    RULE: {"text": _text, "decision": lambda value, name: choice_of(value, name, DECISIONS)},
    LIST: {"list": list_name_of, "entity": _entity, "file": _path, "kind": _kind},
}
