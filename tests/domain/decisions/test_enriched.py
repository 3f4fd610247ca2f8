"""The enriched document: a decision that whoever reads decisions takes, and an event that is read again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from domain.decisions.decision import APPROVE, Decision
from domain.decisions.decision_maker import DecisionMaker
from domain.decisions.enriched import Enricher
from domain.decisions.raw_event import key_of
from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.features.extractor import FeatureExtractor
from domain.graph import ENTITY_FIELDS, EVENT_TYPES, GraphSettings
from domain.memory.trail import TrailCodec
from domain.simulator import SimulatorSettings, simulate
from gnn.history.replay import Replay
from tests.support.raw_markers import found_in, marked_events

GRAPH = GraphSettings(numeric_attributes=("items",), categorical_attributes=("shipping",))
PARSER = EventParser(GRAPH, Pseudonyms(b"a key for the tests"))
RAW = ("account_id", "device_fingerprint", "address", "email", "ip", "payment_instrument", "merchant_id")


@pytest.fixture(scope="module")
def sent() -> list[dict[str, Any]]:
    documents = [*simulate(SimulatorSettings(events=600, seed=4, fraud_share=0.1)).documents()]
    for number, document in enumerate(documents):
        if document["event_type"] == "order":
            document["attributes"] = {"items": number / 3, "shipping": f"way {number % 5}", "note": "nobody reads it"}
        if number % 7 == 0:
            document["event_id"] = f'é"\\,"decided_at":{number}'
    return documents


def enriched(sent: list[dict[str, Any]], with_features: bool) -> list[tuple[Event, bytes, Decision, dict[str, Any]]]:
    replay, maker, enricher = Replay(GRAPH, PARSER), DecisionMaker(GRAPH, "model", "usual"), Enricher(GRAPH, with_features)
    taken = [found for found in (replay.take(json.dumps(document).encode()) for document in sent) if found]
    decisions = [maker.make(event, 0.25, APPROVE, 7) for event, _ in taken]
    texts = [enricher.text(trail, one.to_json()) for (_, trail), one in zip(taken, decisions, strict=True)]
    return [(*both, one, json.loads(text)) for both, one, text in zip(taken, decisions, texts, strict=True)]


def test_the_event_in_it_is_read_again_as_it_was(sent: list[dict[str, Any]]) -> None:
    found = enriched(sent, with_features=False)
    assert len(found) > 500
    for event, _, _, document in found:
        again = PARSER.parse(json.dumps(document["event"]).encode())
        assert again.categorical == (0,), "a category's text is not kept"
        assert [f"{code:08x}" for code in event.categorical if code] == list(document.get("derived", {}).get("categories", {}).values())
        assert ("mail" in document.get("derived", {})) == (event.mail > 0)
        again.categorical, again.mail = event.categorical, event.mail
        assert repr(again) == repr(event), "NaN is not equal to itself"
    assert {event.mail for event, *_ in found} > {0}
    assert any("attributes" in document["event"] for *_, document in found)


def test_it_is_a_decision_document_with_more(sent: list[dict[str, Any]]) -> None:
    for *_, decision, document in enriched(sent, with_features=False):
        assert document | decision.to_document() == document
        assert set(document) - set(decision.to_document()) <= {"event", "derived"}
        assert Decision.of(document) == decision


def test_for_a_join_its_clock_and_key_are_before_it(sent: list[dict[str, Any]]) -> None:
    plain, joined = Enricher(GRAPH), Enricher(GRAPH, for_join=True)
    replay, maker = Replay(GRAPH, PARSER), DecisionMaker(GRAPH, "model", "usual")
    taken = [found for found in (replay.take(json.dumps(document).encode()) for document in sent) if found]
    for event, trail in taken:
        decision = maker.make(event, 0.25, APPROVE, 7).to_json()
        clock, key, document = joined.text(trail, decision).split("\n")
        assert (int(clock), key, document) == (
            TrailCodec(GRAPH).clock_ms(trail) or event.time_ms,
            key_of(event),
            plain.text(trail, decision),
        )


def test_no_raw_identifier_is_in_it(sent: list[dict[str, Any]]) -> None:
    text = json.dumps([document for *_, document in enriched(sent, with_features=True)], ensure_ascii=False)
    raw = {str(document[field]) for document in sent for field in RAW if document.get(field)}
    assert len(raw) > 300
    assert [one for one in raw if json.dumps(one, ensure_ascii=False) in text] == []
    assert "nobody reads it" not in text
    assert "way 1" not in text


@pytest.mark.parametrize("entities", [GRAPH.entities, tuple(ENTITY_FIELDS)])
def test_no_type_of_event_has_raw_data_in_it(entities: tuple[str, ...]) -> None:
    """Whatever the kinds of the graph: what passes is named here, and no text of a field is among it."""
    graph = replace(GRAPH, entities=entities)
    parser, maker, enricher = EventParser(graph, Pseudonyms(b"a key")), DecisionMaker(graph, "model", "usual"), Enricher(graph, True)
    replay, types = Replay(graph, parser), set()
    for sent in marked_events():
        event, trail = found if (found := replay.take(json.dumps(sent).encode())) else pytest.fail(f"{sent} is no event")
        text = enricher.text(trail, maker.make(event, 0.9, APPROVE, 7).to_json())
        assert found_in(json.dumps(sent)), "the test would see it"
        assert found_in(text) == []
        document = json.loads(text)
        types.add(document["event"].pop("event_type"))
        assert set(document.pop("derived")) <= {"mail", "categories"}
        pseudonyms = document["event"].pop("pseudonyms").values()
        assert all(re.fullmatch("[0-9a-f]{16}", one) for one in pseudonyms)
        same = {name: sent[name] for name in ("event_id", "event_time", "amount", "currency", "account_created_at") if name in sent}
        assert document["event"] == same | {"attributes": {"items": 3}}
    assert types == set(EVENT_TYPES)


def test_features_are_the_row_of_the_moment(sent: list[dict[str, Any]]) -> None:
    found = enriched(sent, with_features=True)
    rows = FeatureExtractor(GRAPH).extract([trail for _, trail, *_ in found]).flat()
    read = np.array([document["features"] for *_, document in found], dtype=np.float32)
    assert np.array_equal(read, rows), "each the same float32"
