"""Feature matrices: names, finiteness, independence of the batch, and selected columns against the oracle."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.errors import SettingError
from domain.events.event import Event
from domain.events.identity import MISSING
from domain.features.extractor import Feature, FeatureBatch, FeatureExtractor
from domain.graph import EVENT_TYPES, LABEL_CODE, GraphSettings
from domain.memory.link import LEGIT_LABEL
from domain.step import Step
from domain.times import DAY_S
from tests.oracles.step_oracle import Oracle, View
from tests.oracles.step_oracle import Run as FraudRun
from tests.support.entity_record import links_of
from tests.support.event_histories import DAY, HOUR, MINUTE, START, hash_of, histories, key_of, make_event

ORDER, LOGIN = EVENT_TYPES.index("order"), EVENT_TYPES.index("login")
PLURALS = {"account": "accounts", "device": "devices", "address": "addresses"}
ALL_KINDS = ("account", "device", "address", "merchant", "payment", "email", "ip")
GRAPHS = (
    GraphSettings(links=4, hub_degree=3),
    GraphSettings(entities=("account",), links=2, half_lives_s=(60.0,)),
    GraphSettings(entities=("account", "merchant"), numeric_attributes=("items", "risk"), categorical_attributes=("channel",)),
    GraphSettings(entities=ALL_KINDS, links=8, numeric_attributes=("items",)),
)
NAMES = ["-".join(graph.entities) for graph in GRAPHS]


class Run:
    """A history taken through the step, with the encoded trails to score."""

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.step, self.extractor = Step(graph), FeatureExtractor(graph)
        self.states: list[dict[int, bytes]] = [{} for _ in graph.entities]
        self.trails: list[bytes] = []

    def take(self, event: Event) -> bool:
        """Was it scored?"""
        numeric, categorical = len(self.graph.numeric_attributes), len(self.graph.categorical_attributes)
        if not event.numeric and not event.categorical:
            event = replace(event, numeric=(math.nan,) * numeric, categorical=(0,) * categorical)
        trail = self.step(event, self.states)
        if trail is None or event.is_label:
            return False
        self.trails.append(self.extractor.codec.encode(trail))
        return True

    def last(self) -> dict[str, float]:
        """Column name -> value of the newest trail."""
        row = self.extractor.extract(self.trails[-1:]).flat()[0]
        return {feature.name: float(value) for feature, value in zip(self.extractor.flat_features, row, strict=True)}

    def shown(self) -> dict[str, float]:
        """The same in the features' units."""
        row = self.last()
        return {feature.name: feature.shown(row[feature.name]) for feature in self.extractor.flat_features}


def order(name: str, time_ms: int, account: int = 1, device: int | None = 1, address: int | None = 1, amount: float = 20.0) -> Event:
    keys = [key_of(0, account)]
    keys += [MISSING if index is None else key_of(kind, index) for kind, index in ((1, device), (2, address))]
    return make_event(name, ORDER, time_ms, tuple(keys), amount)


def label(subject: str, time_ms: int, is_fraud: bool = True, account: int = 1) -> Event:
    keys = (key_of(0, account), key_of(1, 1), key_of(2, 1))
    return make_event(f"label-{subject}-{time_ms}", LABEL_CODE, time_ms, keys, subject=subject, is_fraud=is_fraud)


def pieces(batch: FeatureBatch) -> list[np.ndarray]:
    return [batch.event, *(array for entity in batch.entities for array in (entity.node, entity.links, entity.mask))]


@pytest.mark.parametrize("graph", GRAPHS, ids=NAMES)
def test_names_are_unique_and_every_column_has_one(graph: GraphSettings) -> None:
    extractor = FeatureExtractor(graph)
    names = [feature.name for feature in extractor.flat_features]
    assert len(names) == len(set(names))
    run = Run(graph)
    run.take(make_event("o", ORDER, START, tuple(key_of(kind, 0) for kind in range(len(graph.entities))), 5.0))
    batch = run.extractor.extract(run.trails * 3)
    assert len(batch) == 3
    assert batch.flat().shape == (3, len(names))
    assert batch.event.shape == (3, len(extractor.event_features))
    for entity, node, link in zip(batch.entities, extractor.node_features, extractor.link_features, strict=True):
        assert entity.node.shape == (3, len(node))
        assert entity.links.shape == (3, graph.links, len(link))
        assert len({feature.name for feature in link}) == len(link)
        assert entity.mask.shape == (3, graph.links)
    for array in pieces(batch):
        assert array.dtype in (np.float32, np.bool_)
    for feature in extractor.flat_features:
        assert feature.text
        assert feature.unit
        assert feature.scale in ("plain", "log")


@pytest.mark.parametrize("graph", GRAPHS[:2], ids=NAMES[:2])
def test_no_events_give_empty_matrices(graph: GraphSettings) -> None:
    extractor = FeatureExtractor(graph)
    assert extractor.extract([]).flat().shape == (0, len(extractor.flat_features))


@pytest.mark.parametrize(
    "graph",
    [
        GraphSettings(numeric_attributes=("amount",)),
        GraphSettings(numeric_attributes=("risk", "risk_known")),
        GraphSettings(categorical_attributes=("channel", "channel")),
        GraphSettings(half_lives_s=(600.0, 600.0001)),
    ],
    ids=["built-in", "flag", "twice", "half-lives"],
)
def test_two_inputs_of_one_name_are_refused(graph: GraphSettings) -> None:
    with pytest.raises(SettingError, match="two model inputs would be named"):
        FeatureExtractor(graph)


@pytest.mark.parametrize("graph", GRAPHS[:3], ids=NAMES[:3])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_all_is_finite_and_no_row_depends_on_its_batch(graph: GraphSettings, data: st.DataObject) -> None:
    run = Run(graph)
    extremes = st.sampled_from([math.nan, -1e300, 1e300, 0.0, 5e-324, 3.0])
    for event in data.draw(histories(graph, max_size=25)):
        attributes = tuple(data.draw(extremes) for _ in graph.numeric_attributes)
        categories = tuple(data.draw(st.integers(0, 2**32 - 1)) for _ in graph.categorical_attributes)
        amount = data.draw(st.sampled_from([event.amount, 1e12, 0.0])) if not math.isnan(event.amount) else math.nan
        created = data.draw(st.sampled_from([-1, event.time_ms + DAY, event.time_ms - 400 * DAY, 0]))
        run.take(replace(event, numeric=attributes, categorical=categories, amount=amount, created_ms=created))
    assume(run.trails)
    together = run.extractor.extract(run.trails)
    for array in pieces(together):
        assert np.isfinite(array).all()
    shuffled = run.extractor.extract(run.trails[::-1])
    for index, trail in enumerate(run.trails):
        alone = pieces(run.extractor.extract([trail]))
        for one, many, reverse, sliced in zip(alone, pieces(together), pieces(shuffled), pieces(together[index : index + 1]), strict=True):
            assert np.array_equal(one[0], many[index])
            assert np.array_equal(one[0], reverse[len(run.trails) - 1 - index])
            assert np.array_equal(one, sliced)


def test_one_row_of_many_is_bit_for_bit_the_row_alone() -> None:
    """With batches large enough for vectorised code and its remainders."""
    run = Run(GraphSettings(links=9))
    chance = np.random.default_rng(5)
    for number in range(150):
        account, device, address = (int(index) for index in chance.integers(0, 12, 3))
        run.take(order(f"o{number}", START + number * 777_777, account, device, address or None, float(chance.lognormal(3, 2))))
    together = pieces(run.extractor.extract(run.trails))
    for index, trail in enumerate(run.trails):
        for one, many in zip(pieces(run.extractor.extract([trail])), together, strict=True):
            assert np.array_equal(one[0], many[index])


def seen(view: View, account: View | None, event: Event, kind: str, position: int) -> View:
    """What the event is shown: nothing cleared within a week or without frauds, and to an innocent account
    that was there well before the first fraud no frauds, but at a merchant.
    """
    first = min([run.first for run in (view.usual_run, view.unusual_run) if run.first is not None], default=0)
    there = [link.time_ms for link in view.links if position and link.others[0] == event.entities[0]]
    there += [
        link.time_ms for link in (account.links if account and position else []) if link.others[position - 1] == event.entities[position]
    ]
    innocent = position and kind != "merchant" and not (account and account.frauds)
    if innocent and view.frauds and min(there, default=first) <= first - 12 * HOUR:
        links = [replace(link, is_fraud=None if link.is_fraud else link.is_fraud) for link in view.links]
        counters = [[*counts[:3], 0.0, 0.0, *counts[5:]] for counts in view.counters]
        view = replace(view, frauds=0, usual_run=FraudRun([]), unusual_run=FraudRun([]), links=links, counters=counters)
    if not view.frauds or (view.last_legit is not None and event.time_ms - view.last_legit < 7 * DAY):
        view = replace(view, last_legit=None, legit_since=-1)
    return view


def expected_node(view: View | None, account: View | None, event: Event, kind: str, graph: GraphSettings) -> dict[str, float]:
    """Columns of one kind as the oracle's view gives them, in their units."""
    view = view and seen(view, account, event, kind, graph.entities.index(kind))
    if view is None:
        return {"known": 0.0, "events": 0.0, "usual_run": 0.0, "unusual_run": 0.0}
    passed_s = max(0, event.time_ms - view.clock) / 1000
    columns = {
        "known": 1.0,
        "events": float(view.events),
        "age": max(0, event.time_ms - view.first_seen) / HOUR,
        "idle": max(0, event.time_ms - view.last_seen) / 1000,
        "habit_z": view.z(event),
        "usual_run": float(view.usual_run.frauds),
        "unusual_run": float(view.unusual_run.frauds),
        "cleared_since_fraud": float(max(0, view.legit_since)),
        "link_frauds": float(sum(link.is_fraud is True for link in view.links)),
    }
    for name, half_life, counters in zip(("10m", "6h", "1d", "7d", "30d"), graph.half_lives_s, view.counters, strict=True):
        events, amount, unusual, usual_fraud, unusual_fraud, legitimate, meetings, doubtful = (
            2 ** (-passed_s / half_life) * value for value in counters
        )
        columns[f"events_{name}"] = events
        columns[f"unusual_{name}"] = unusual
        if half_life >= DAY_S:
            columns[f"usual_fraud_{name}"] = usual_fraud
            columns[f"unusual_fraud_{name}"] = unusual_fraud
            columns[f"legitimate_{name}"] = 0.0 if view.legit_since < 0 else min(legitimate, usual_fraud + unusual_fraud)
            columns[f"fraud_rate_{name}"] = 1 - (legitimate + 1) / (usual_fraud + unusual_fraud + legitimate + 1)
        if half_life == DAY_S:
            columns["meetings_1d"], columns["doubtful_1d"] = meetings, doubtful
        if events > 0.01 and amount > 1e-30:  # less is nothing in 32 bits
            spent = 0.0 if math.isnan(event.comparable) else event.comparable
            columns[f"amount_ratio_{name}"] = math.log((1 + spent) / (1 + amount / events))
    for name, half_life, kinds in zip(("1h", "7d"), (3600.0, 604_800.0), view.kinds, strict=True):
        for code, type_name in enumerate(EVENT_TYPES):
            columns[f"{type_name}_{name}"] = kinds[code] * 2 ** (-passed_s / half_life)
    first_usual, first_unusual = view.usual_run.first, view.unusual_run.first
    for name, when in (
        ("usual_first", first_usual),
        ("usual_last", view.usual_run.last),
        ("unusual_first", first_unusual),
        ("unusual_last", view.unusual_run.last),
        ("last_legit", view.last_legit),
        ("last_unusual", view.last_unusual),
    ):
        columns[f"{name}_recency"] = 0.0 if when is None else 7 / (7 + max(0.0, (event.time_ms - when) / DAY))
    for name, when in (("usual", first_usual), ("unusual", first_unusual)):
        days = 0.0 if when is None or view.last_legit is None else (when - view.last_legit) / DAY
        columns[f"{name}_run_gap"] = math.copysign(math.log(1 + abs(days)), days)
    others = graph.others(graph.entities.index(kind))
    for slot, position in enumerate(others):
        other, own = graph.entities[position], event.entities[position]
        columns[PLURALS[other]] = float(len(view.met[slot]))
        columns[f"new_{other}"] = float(own != MISSING and own not in view.met[slot])
        for window, span_ms in (("1h", HOUR), ("1d", DAY)):
            recent = [link for link in view.links if event.time_ms - link.time_ms <= span_ms]
            columns[f"{PLURALS[other]}_{window}"] = float(len({link.others[slot] for link in recent} - {MISSING}))
        same = sum(own != MISSING and link.others[slot] == own for link in view.links)
        columns[f"same_{other}"] = same / max(1, len(view.links))
        named = [link for link in view.links if link.others[slot] != MISSING]
        columns[f"with_{other}"] = len(named) / max(1, len(view.links))
        columns[f"{other}_turnover"] = len({link.others[slot] for link in named}) / max(1, len(named))
        ages = [max(0, event.time_ms - link.time_ms) / HOUR for link in named if link.others[slot] != own]
        columns[f"other_{other}_recency"] = 1 / (1 + min(ages)) if ages else 0.0
    return columns


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_columns_say_what_the_whole_history_says(data: st.DataObject) -> None:
    graph = GraphSettings(links=4, hub_degree=3)
    run, oracle = Run(graph), Oracle(graph)
    for event in data.draw(histories(graph, max_size=30)):
        before = oracle.take(event)
        assume(not oracle.borderline)
        if not run.take(event):
            continue
        assert before is not None
        row = run.shown()
        for kind, view in zip(graph.entities, before, strict=True):
            for name, value in expected_node(view, before[0], event, kind, graph).items():
                assert row[f"{kind}.{name}"] == pytest.approx(value, rel=2e-3, abs=6e-2 if name in PLURALS.values() else 2e-3), (
                    f"{kind}.{name}"
                )
            assert row[f"{kind}.given"] == (event.entities[graph.entities.index(kind)] != MISSING)
        batch = run.extractor.extract(run.trails[-1:])
        for entity, view in zip(batch.entities, before, strict=True):
            size = 0 if view is None else len(view.links)
            assert entity.mask[0].tolist() == [True] * size + [False] * (4 - size)
            assert not entity.links[0, size:].any(), "no link, no numbers"


def test_the_deviation_is_the_one_the_step_computed() -> None:
    run = Run(GraphSettings())
    chance = np.random.default_rng(7)
    deviations = []
    for number in range(40):
        run.take(order(f"o{number}", START + number * HOUR, amount=float(chance.normal(50, 6))))
        deviations.append(run.last()["account.habit_z"])
        assert deviations[-1] == pytest.approx(run.extractor.codec.decode(run.trails[-1]).z, rel=1e-4, abs=1e-5)
    assert 0.3 < np.std(deviations[10:]) < 3.0


def test_the_columns_of_the_event_itself() -> None:
    graph = GraphSettings(numeric_attributes=("items", "risk"), categorical_attributes=("channel",))
    run = Run(graph)
    thursday_18h = 1_750_356_000_000
    event = replace(order("o", thursday_18h, amount=99.0), created_ms=thursday_18h - 3 * DAY, numeric=(-6.0, math.nan), categorical=(35,))
    run.take(event)
    row, plain = run.shown(), run.last()
    assert [row[f"event.is_{name}"] for name in EVENT_TYPES] == [float(name == "order") for name in EVENT_TYPES]
    assert row["event.amount"] == pytest.approx(99.0, rel=1e-5)
    assert (row["event.has_amount"], row["event.account_age_known"]) == (1.0, 1.0)
    assert row["event.account_age"] == pytest.approx(3.0, rel=1e-5)
    assert (plain["event.hour_cos"], plain["event.hour_sin"]) == pytest.approx((0.0, -1.0), abs=1e-5)
    assert plain["event.items"] == pytest.approx(-math.log(7))
    assert (plain["event.items_known"], plain["event.risk"], plain["event.risk_known"]) == (1.0, 0.0, 0.0)
    assert [plain[f"event.channel_{bucket}"] for bucket in range(16)] == [float(bucket == 35 % 16) for bucket in range(16)]
    run.take(make_event("l", LOGIN, START, event.entities))
    row = run.shown()
    assert (row["event.amount"], row["event.has_amount"], row["event.account_age_known"]) == (0.0, 0.0, 0.0)
    assert not any(row[f"event.channel_{bucket}"] for bucket in range(16))


def test_the_columns_of_a_link() -> None:
    run = Run(GraphSettings(links=3))
    run.take(order("o1", START, amount=10.0))
    run.take(label("o1", START + MINUTE, is_fraud=True))
    run.take(make_event("o2", LOGIN, START + HOUR, (key_of(0, 2), key_of(1, 1), MISSING)))
    run.take(label("o2", START + HOUR + MINUTE, is_fraud=False, account=2))
    run.take(order("o3", START + 2 * HOUR, account=1, amount=40.0))
    names = [feature.name.removeprefix("device_link.") for feature in run.extractor.link_features[1]]
    entity = run.extractor.extract(run.trails[-1:]).entities[1]
    assert entity.mask[0].tolist() == [True, True, False]
    first, second = (dict(zip(names, entity.links[0, index].tolist(), strict=True)) for index in (0, 1))
    assert math.expm1(first["age"]) == pytest.approx(7200, rel=1e-5)
    assert math.expm1(second["age"]) == pytest.approx(3600, rel=1e-5)
    assert (first["is_order"], first["is_login"], second["is_order"], second["is_login"]) == (1, 0, 0, 1)
    assert (math.expm1(first["amount"]), second["amount"]) == (pytest.approx(10, rel=1e-5), 0.0)
    assert first["amount_ratio"] == pytest.approx(math.log(41 / 11), rel=1e-5)
    assert (first["fraud"], first["legitimate"], second["fraud"], second["legitimate"]) == (1, 0, 0, 0)
    assert (first["same_account"], second["same_account"]) == (1, 0)
    assert (first["has_address"], first["same_address"], second["has_address"]) == (1, 1, 0)
    assert first["account_events"] == 0.0, "the account as it was then: never seen"
    row = run.shown()
    assert row["device.accounts_1d"] == pytest.approx(2.0)
    assert row["device.link_frauds"] == pytest.approx(1.0)


def test_two_hops_a_device_knows_what_its_accounts_were_like() -> None:
    run = Run(GraphSettings())
    run.take(order("a", START, account=1, device=None, address=None))
    run.take(label("a", START + HOUR))
    run.take(order("b", START + DAY, account=1, device=3, address=None))
    run.take(order("c", START + 2 * DAY, account=2, device=3, address=None))
    row = run.last()
    assert row["device.account_fraud_rate_max"] == pytest.approx(0.5), "one fraud of one label, one cleared assumed"
    assert row["device.account_events_mean"] == pytest.approx(math.log(2))
    assert row["device.account_age_mean"] == pytest.approx(math.log(2), rel=1e-5)


def test_a_record_with_more_links_than_the_graph_now_keeps_is_read_by_its_newest() -> None:
    """`graph.links` was lowered and the job restarted from a savepoint."""
    before, after = Run(GraphSettings(links=8)), Run(GraphSettings(links=3))
    for number in range(7):
        before.take(order(f"o{number}", START + number * HOUR))
    after.states = before.states
    after.take(order("o7", START + 7 * HOUR))
    entity = after.extractor.extract(after.trails).entities[0]
    assert entity.mask.all()
    assert np.expm1(entity.links[0, :, 0]) == pytest.approx([3 * 3600, 2 * 3600, 3600], rel=1e-4)
    after.take(order("o8", START + 8 * HOUR))
    assert len(links_of(after.step.layouts[0], after.states[0][key_of(0, 1)])) == 3


@pytest.mark.parametrize("graph", GRAPHS, ids=NAMES)
def test_a_crowded_graph_of_any_kinds_has_its_columns(graph: GraphSettings) -> None:
    run = Run(graph)
    width = len(graph.entities)
    for number in range(30):
        keys = (hash_of(f"a{number % 5}"), *(hash_of(f"{kind}-{number % 3}") for kind in range(1, width)))
        run.take(make_event(f"o{number}", ORDER, START + number * MINUTE, keys, 10.0))
    row = run.shown()
    assert row["account.events"] == pytest.approx(5.0, rel=1e-4)
    assert np.isfinite(run.extractor.extract(run.trails).flat()).all()
    for kind in graph.entities[1:]:
        assert row[f"{kind}.accounts"] == pytest.approx(5, rel=0.03)
        assert row[f"{kind}.new_account"] == 0.0


@pytest.mark.parametrize("scale", ["log", "plain"])
@settings(deadline=None)
@given(value=st.floats(0, 1e12))
def test_a_shown_value_and_its_column_belong_together(scale: str, value: float) -> None:
    feature = Feature("x", "u", "t", "g", scale)
    assert feature.shown(feature.column(value)) == pytest.approx(value, rel=1e-5, abs=1e-6)
    assert feature.column(value) == np.float32(feature.column(value))


def test_a_cleared_link_is_not_a_fraud() -> None:
    run = Run(GraphSettings())
    run.take(order("o1", START))
    run.take(label("o1", START + 1, is_fraud=False))
    run.take(order("o2", START + HOUR))
    assert links_of(run.step.layouts[0], run.states[0][key_of(0, 1)])["label"][0] == LEGIT_LABEL
    row = run.shown()
    assert (row["account.link_frauds"], row["account.usual_fraud_30d"]) == (0.0, 0.0)
    assert row["account.legitimate_30d"] == 0.0


def test_a_clearance_counts_after_a_week_and_against_frauds_only() -> None:
    for frauds, days, shown in ((0, 30, 0.0), (1, 1, 0.0), (1, 9, 1.0), (3, 9, 2.0)):
        run = Run(GraphSettings())
        for number in range(6):
            run.take(order(f"o{number}", START + number))
        for number in range(2 + frauds):
            run.take(label(f"o{number}", START + DAY + number, is_fraud=number >= 2))
        run.take(order("now", START + days * DAY))
        row, columns = run.shown(), run.last()
        decay = 2 ** (-(days - 1) / 30)
        assert row["account.legitimate_30d"] == pytest.approx(shown * decay, rel=1e-2)
        assert (columns["account.last_legit_recency"] > 0) == (shown > 0)
        assert row["account.fraud_rate_30d"] == pytest.approx(frauds * decay / ((2 + frauds) * decay + 1), rel=1e-2)


def test_who_was_there_well_before_strangers_does_not_see_their_frauds() -> None:
    def usual_fraud(accounts: list[int], frauds: list[int], comes: int, gap: int = 13 * HOUR, kind: str = "device") -> float:
        run = Run(GraphSettings(entities=("account", kind, "address")))
        for number, account in enumerate(accounts):
            run.take(order(f"o{number}", START + number * gap, account=account))
        for number in frauds:
            run.take(label(f"o{number}", START + 4 * DAY + number, is_fraud=True, account=accounts[number]))
        run.take(order("now", START + 5 * DAY, account=comes))
        row = run.shown()
        assert (row[f"{kind}.link_frauds"] > 0) == (row[f"{kind}.usual_run"] > 0) == (row[f"{kind}.fraud_rate_30d"] > 0)
        return row[f"{kind}.usual_fraud_30d"]

    assert usual_fraud([1, 2], [1], comes=1) == 0.0
    assert usual_fraud([1, 2, 3], [1, 2], comes=1) == 0.0
    assert usual_fraud([1, 2], [1], comes=3) > 0.9, "a newcomer sees it"
    assert usual_fraud([1, 2], [1], comes=2) > 0.9, "and the stranger himself"
    assert usual_fraud([1, 2], [0], comes=2) > 0.9, "and who came after him"
    assert usual_fraud([1, 2], [1], comes=1, gap=HOUR) > 0.9, "and who was there hardly before him"
    assert usual_fraud([1, 2, 1], [1, 2], comes=1) > 1.8, "and who has frauds of his own"
    assert usual_fraud([1, 2], [1], comes=1, kind="merchant") > 0.9, "and everybody at a merchant"
