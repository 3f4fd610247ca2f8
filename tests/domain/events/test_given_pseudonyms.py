"""An event with pseudonyms is the event with the raw identifiers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.identity import MISSING, as_text
from domain.events.parser import EventParser
from domain.graph import ENTITY_FIELDS, GraphSettings
from tests.support.event_lines import GRAPH, LABEL, NOW, ORDER, PARSER, PSEUDONYMS, label, order

SHOWN = {kind: as_text(key) for kind, key in zip(GRAPH.stages, PARSER.parse(order()).entities, strict=True)}


def with_pseudonyms(doc: dict[str, Any], kinds: frozenset[str]) -> bytes:
    """The document with pseudonyms in place of the raw identifiers of some kinds."""
    raw = {ENTITY_FIELDS[kind] for kind in kinds}
    shown = {kind: SHOWN[kind] for kind in kinds if ENTITY_FIELDS[kind] in doc}
    return json.dumps({name: value for name, value in doc.items() if name not in raw} | {"pseudonyms": shown}).encode()


@given(st.sampled_from([ORDER, LABEL]), st.frozensets(st.sampled_from(sorted(ENTITY_FIELDS))))
def test_whichever_kinds_come_as_pseudonyms_the_event_is_the_same(doc: dict[str, Any], kinds: frozenset[str]) -> None:
    raw, given_ones = PARSER.parse(json.dumps(doc).encode()), PARSER.parse(with_pseudonyms(doc, kinds))
    if "email" in kinds:
        raw.mail = 0  # see below
    assert repr(given_ones) == repr(raw)


def test_the_class_of_a_mailbox_is_not_known_by_its_pseudonym() -> None:
    raw = PARSER.parse(order(email="a@mailinator.com"))
    hidden = PARSER.parse(order(email=None, pseudonyms={"email": as_text(raw.entities[5])}))
    assert hidden.entities == raw.entities
    assert raw.mail != hidden.mail == PARSER.parse(order(email=None)).mail


def test_an_object_in_a_text_is_the_object() -> None:
    event = PARSER.parse(order(ip=None, pseudonyms=json.dumps({"ip": "1f" * 8})))
    assert event.entities[6] == int("1f" * 8, 16)


@pytest.mark.parametrize("ring_entities", [("ip",), ()])
def test_kinds_that_the_graph_has_not_are_checked_and_dropped(ring_entities: tuple[str, ...]) -> None:
    parser = EventParser(GraphSettings(entities=("account",), ring_entities=ring_entities), PSEUDONYMS, now_ms=lambda: NOW)
    event = parser.parse(order(ip=None, email=None, pseudonyms={"ip": "1f" * 8, "email": "2f" * 8}))
    assert event.places == (int("1f" * 8, 16),) * len(ring_entities)
    assert len(event.entities) == 1


def test_a_null_pseudonym_is_none() -> None:
    assert PARSER.parse(label(pseudonyms={"device": None, "ip": ""})).entities[1] == MISSING
