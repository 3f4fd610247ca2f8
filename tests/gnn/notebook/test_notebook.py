"""`import gnn`: light, documented, and the same results as the commands' own code."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gnn
from domain.errors import SettingError
from domain.events.identity import USUAL, Pseudonyms, as_text
from gnn.history.first_pass import HistoryError
from gnn.notebook.inputs import pseudonyms, time_ms
from tests import ROOT
from tests.support.gnn_history import DAY_MS, START_MS, documents, label, write

FUNCTIONS = [name for name in gnn.__all__ if inspect.isfunction(getattr(gnn, name))]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("history") / "events.jsonl", documents(900, frauds=80))


@pytest.fixture(scope="module")
def model(history: Path) -> gnn.TrainedModel:
    out = history.parent / "model"
    return gnn.train(history, out, model="gbt", split=(0.6, 0.2, 0.2), label_delay_days=0, labels="final", trees=20)


@pytest.fixture(scope="module")
def decisions(history: Path, model: gnn.TrainedModel) -> pd.DataFrame:
    return gnn.score(model, history)


# --- the import


def test_the_import_alone_loads_nothing_heavy() -> None:
    heavy = ("torch", "pandas", "numpy", "pyarrow", "pyflink", "numba", "sklearn", "xgboost", "redis", "openai")
    code = f"import sys, gnn; dir(gnn); print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"
    assert set(gnn.__all__) <= set(dir(gnn))


@pytest.mark.parametrize("name", ["backtest", "evaluate", "features"])
def test_a_name_of_each_module_loads_first_in_a_process_without_torch_or_flink(name: str) -> None:
    code = f"import sys, gnn; gnn.{name}; print([one for one in ('torch', 'pyflink', 'redis', 'openai') if one in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_an_unknown_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'gnn' has no attribute 'nonsense'"):
        gnn.nonsense  # noqa: B018


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_tell_arguments_errors_and_an_example(name: str) -> None:
    function = getattr(gnn, name)
    text = inspect.getdoc(function) or ""
    for argument in inspect.signature(function).parameters:
        assert argument in text, f"{name}: {argument}"
    assert "Returns:" in text or name == "read_model"
    assert ">>> " in text and f"gnn.{name}(" in text
    assert "Raises:" in text or name == "feature_names"


# --- histories


def test_simulate_gives_both_paths(tmp_path: Path) -> None:
    events, truth = gnn.simulate(tmp_path / "shop", events=100, seed=2)
    assert len(pd.read_parquet(truth)) == 100 == len(gnn.read_events(events))


def test_read_events_has_one_row_per_event_and_the_last_label(tmp_path: Path) -> None:
    lines = [line for line in documents(5, frauds=0) if line["event_type"] != "label"]
    lines[0] = {**lines[0], "attributes": {"km": 5}}
    later = START_MS + 31 * DAY_MS
    lines += [lines[1], label("x1", lines[1], later), label("x2", lines[1], later + 1, is_fraud=False), label("x3", lines[2], later)]
    path = write(tmp_path / "events.jsonl", iter(lines))
    path.write_text(path.read_text() + "no json\n")
    with pytest.warns(UserWarning, match="1 line left out as no event: 1 line: not JSON"):
        table = gnn.read_events(str(path))
    assert table.event_id.tolist() == ["e0", "e1", "e2", "e3", "e4"]
    assert table.is_fraud.astype(object).where(table.is_fraud.notna(), None).tolist() == [None, False, True, None, None]
    assert table.event_time[0] == pd.Timestamp(START_MS, unit="ms", tz="UTC")
    assert table.label_time[1] == pd.Timestamp(later + 1, unit="ms", tz="UTC")
    assert table["attributes.km"].tolist()[0] == 5
    assert table.account_id[0].startswith(("once", "regular"))
    assert table.attrs["rejected"] == {"line": 1}


def test_no_event_gives_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("")
    assert len(gnn.read_events(tmp_path / "events.jsonl")) == 0
    assert len(gnn.features(tmp_path / "events.jsonl")) == 0


def test_features_have_the_named_columns_and_may_go_to_a_file(history: Path, tmp_path: Path) -> None:
    table = gnn.features(history)
    names = gnn.feature_names().name.tolist()
    assert table.columns.tolist()[-len(names) :] == names
    assert len(table) == 900 and table.is_fraud.sum() == 80
    first = gnn.features([history], out=tmp_path / "f.parquet", since="2026-01-10", until=date(2026, 1, 20))
    written = pd.read_parquet(tmp_path / "f.parquet")
    assert len(first) == len(written) == 300
    assert written.event_time.min() >= pd.Timestamp("2026-01-10", tz="UTC")
    assert np.array_equal(first[names].to_numpy(), table[names][table.event_id.isin(first.event_id)].to_numpy())


# --- models


def test_a_trained_model_is_read_again(model: gnn.TrainedModel, history: Path) -> None:
    again = gnn.read_model(model.path)
    assert again == model
    assert 0.5 < model.metrics["average_precision"] <= 1.0
    assert 0.0 < model.thresholds["investigate"] <= model.thresholds["block"] <= 1.0
    assert (gnn.features(history).event_time >= model.test_from).sum() == 180


def test_a_warning_names_unread_attributes(tmp_path: Path) -> None:
    lines = [{**line, "attributes": {"km": 5}} if line["event_type"] != "label" else line for line in documents(400, frauds=60)]
    path = write(tmp_path / "events.jsonl", iter(lines))
    words = {"model": "gbt", "trees": 5, "label_delay_days": 1}
    with pytest.warns(UserWarning, match=r"km \(number\)"):
        gnn.train(path, tmp_path / "model", **words)
    card = gnn.train(path, tmp_path / "model", **words, graph=gnn.GraphSettings(numeric_attributes=("km",))).card
    assert card.graph.numeric_attributes == ("km",)


def test_backtest_gives_all_models_and_folds(history: Path) -> None:
    days = {"train_days": 10, "delay_days": 2, "test_days": 4}
    found = gnn.backtest(history, ["2026-01-06", "2026-01-10"], models=["gbt", "isolation_forest"], trees=10, **days)
    assert found.columns.tolist() == ["model", "fold", "event_id", "event_time", "score", "label"]
    assert found.groupby(["model", "fold"]).size().tolist() == [120] * 4
    gbt = found[found.model == "gbt"]
    assert gbt.score[gbt.label == 1].mean() > 2 * gbt.score[gbt.label == 0].mean()
    named = {"mine": gnn.TrainSettings(model="gbt", trees=10)}
    assert gnn.backtest(history, [date(2026, 1, 6)], models=named, **days).model.unique().tolist() == ["mine"]


# --- decisions


def test_decisions_are_evaluated_as_tables_and_as_files(
    history: Path, model: gnn.TrainedModel, decisions: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "decisions.jsonl"
    assert gnn.score(str(model.path), history, out=out).drop(columns="reasons").equals(decisions.drop(columns="reasons"))
    of_tables = gnn.evaluate(decisions, gnn.features(history), since=model.test_from)
    of_files = gnn.evaluate(out, history, since=model.test_from)
    assert of_tables.events == of_files.events == 180
    for name in ("frauds", "decisions", "flagged", "blocked", "ranking", "cost"):
        assert getattr(of_tables, name) == getattr(of_files, name)
    assert of_tables.flagged.precision and of_tables.flagged.precision > 0.5


def test_identity_settings_reach_the_pseudonyms(history: Path, model: gnn.TrainedModel, decisions: pd.DataFrame) -> None:
    first = gnn.score(model, history, identity=gnn.IdentitySettings(pseudonyms=1))
    assert first.event_id.equals(decisions.event_id)
    assert not set(first.account) & set(decisions.account)


def test_currency_settings_reach_the_amounts(tmp_path: Path) -> None:
    order = {
        "event_id": "o1",
        "event_type": "order",
        "event_time": "2026-01-05T12:00:00Z",
        "account_id": "a1",
        "amount": 8000,
        "currency": "JPY",
    }
    (tmp_path / "one.jsonl").write_text(json.dumps(order))
    (row,) = gnn.features(tmp_path / "one.jsonl", currency=gnn.CurrencySettings(rates={"JPY": 0.5})).to_dict("records")
    assert (row["amount"], row["event.amount"]) == (8000.0, pytest.approx(np.log1p(4000.0)))


def test_reasons_are_those_of_the_decision(history: Path, model: gnn.TrainedModel, decisions: pd.DataFrame) -> None:
    flagged = decisions[decisions.decision != "approve"].tail(2)
    assert len(flagged) == 2
    ids = flagged.event_id.tolist()[::-1]
    found = gnn.explain(model, history, ids, most=4)
    assert found.event_id.drop_duplicates().tolist() == ids
    for row in flagged.itertuples():
        its = found[found.event_id == row.event_id]
        assert its.text.tolist() == row.reasons
        assert its.score.iloc[0] == pytest.approx(row.score, abs=1e-6)
        assert its.weight.is_monotonic_decreasing


def test_an_unknown_event_and_a_missing_file_are_named(history: Path, model: gnn.TrainedModel) -> None:
    with pytest.raises(HistoryError, match=r"no scored event 'nobody' in .*: give ids of events"):
        gnn.explain(model, history, ["e1", "nobody"])
    assert gnn.explain(model, history, []).empty
    with pytest.raises(FileNotFoundError, match=r"nowhere\.jsonl does not exist"):
        gnn.features("nowhere.jsonl")


# --- what all take


def test_times() -> None:
    assert time_ms("1970-01-02") == time_ms(date(1970, 1, 2)) == time_ms(datetime(1970, 1, 2)) == 86_400_000
    assert time_ms("1970-01-01T00:00:01Z") == time_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1000
    assert time_ms(pd.Timestamp(5, unit="ms", tz="UTC")) == 5
    assert time_ms(None) is None
    with pytest.raises(ValueError, match="'May' is no time: write"):
        time_ms("May")


def test_the_key_is_that_of_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ops import secrets

    def of(one: Pseudonyms) -> str:
        return as_text(one.of("account", "a"))

    monkeypatch.delenv("RINGWATCH_PSEUDONYM_KEY", raising=False)
    assert of(pseudonyms(None)) == of(secrets.pseudonyms(USUAL))
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "mine")
    assert of(pseudonyms(None)) == of(secrets.pseudonyms(USUAL)) == of(pseudonyms("mine"))
    monkeypatch.delenv("RINGWATCH_PSEUDONYM_KEY")
    (tmp_path / "key").write_text("mine\n")
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY_FILE", str(tmp_path / "key"))
    assert of(pseudonyms(None)) == of(secrets.pseudonyms(USUAL)) == of(pseudonyms("mine"))
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingError, match="cannot be read"):
        pseudonyms(None)


def test_nothing_is_written_over_what_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "events.jsonl", documents(20, frauds=2))
    before = path.read_bytes()
    (tmp_path / "events.parquet").symlink_to(path)
    for write_over in (
        lambda: gnn.features(path, out=tmp_path / "events.parquet"),
        lambda: gnn.import_tables(tmp_path / "mapping.yaml", path, path),
    ):
        with pytest.raises(SettingError, match="which would be lost"):
            write_over()
    assert path.read_bytes() == before
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no file: give the path of a file of events"):
        gnn.read_events(tmp_path / "empty")


def test_lines_that_are_no_events_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"event_id": "é"}\n{"event_id": "ü"}\n'.encode("latin-1"))
    with pytest.warns(UserWarning, match="2 lines left out as no event: 2 lines: not UTF-8"):
        assert not len(gnn.read_events(path))
