"""The command with report and plots: one page that refers to nothing outside and escapes what it shows."""

from __future__ import annotations

import json
import random
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gnn.report
from flink_job.cli import main
from gnn.evaluation import ScoredTruth
from gnn.history.train_settings import Costs
from gnn.report.plots import draw_plots

EVIL = '<img src="https://evil.example/x">[bold]$\\frac{&\x1b[2J'
PNG = b"\x89PNG\r\n\x1a\n"
DAY_MS = 86_400_000
PLOTS = {"calibration", "costs", "precision_recall", "ring_detection", "roc", "scores"}


class Reader(HTMLParser):
    """Tags with their attributes, and texts; fails if tags do not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):  # what has no end tag
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Decisions of two models and a truth, with names that nobody should trust."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    draw = random.Random(0)
    truth = []
    for number in range(400):
        fraud = draw.random() < 0.2
        ring = draw.randrange(6) if fraud else None
        truth.append(
            {
                "event_id": f"e{number}", "is_fraud": fraud, "event_time": number * DAY_MS // 50, "account_id": f"u{draw.randrange(90)}",
                "ring_id": None if ring is None else f"r{ring}", "ring_kind": None if ring is None else (EVIL if ring else "farm"),
                "member": None if ring is None else draw.randint(1, 6), "segment": draw.choice([EVIL, "home"]),
            }
        )  # fmt: skip
    pq.write_table(pa.Table.from_pylist(truth), "truth.parquet")
    for name, noise in (("good", 0.4), ("poor", 0.95)):
        with Path(f"{name}.jsonl").open("w") as out:
            for row in truth:
                score = draw.random() * noise + (1 - noise) * row["is_fraud"]
                decision = "block" if score > 0.7 else "investigate" if score > 0.5 else "approve"
                document = {"event_id": row["event_id"], "decision": decision, "score": score, "event_type": "order", "amount": 50.0}
                out.write(json.dumps(document | {"model": f"{name} {EVIL}"}) + "\n")
    return tmp_path


EVALUATE = ["evaluate", "--decisions", "good.jsonl", "--truth", "truth.parquet"]


def test_report_of_two_models(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = ["--report", "out/page.html", "--plots", "out/plots", "--json", "out/figures.json"]
    assert main([*EVALUATE, "--against", "poor.jsonl", "--resamples", "100", "--k", "3", "7", *outputs]) == 0
    shown = capsys.readouterr().out
    assert "zero excluded" in shown
    assert "[bold]" in shown  # not taken for markup
    assert "\x1b" not in shown

    text = Path("out/page.html").read_text(encoding="utf-8")
    page = Reader(text)
    assert len([tag for tag, _ in page.tags if tag == "svg"]) == len(PLOTS)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "a", "img", "image", "foreignobject"})
    assert not any(name in ("src", "srcset", "background") for _, attributes in page.tags for name in attributes)
    links = [value or "" for _, attributes in page.tags for name, value in attributes.items() if name.endswith("href")]
    assert all(value.startswith("#") for value in [*links, *re.findall(r"url\(([^)]*)", text)])
    assert "@import" not in text
    seen = "".join(page.texts)
    assert EVIL.replace("\x1b", "?") in seen
    for words in (
        "All figures",
        "Scenarios",
        "Calibration",
        "What is doubtful",
        "Rings",
        "Segments",
        "Event types",
        "Plots",
        "precision at 7 accounts a day",
        "zero excluded",
    ):
        assert words in seen

    assert {path.stem for path in Path("out/plots").iterdir()} == PLOTS
    assert all(path.read_bytes().startswith(PNG) for path in Path("out/plots").iterdir())
    figures = json.loads(Path("out/figures.json").read_text())
    assert [daily["k"] for daily in figures["precision_at_k"]] == [3, 7]
    comparison = figures["comparison"]
    assert (comparison["first"], comparison["resampled"]) == (f"good {EVIL}", "accounts")
    assert comparison["differences"][0]["verdict"] == "zero excluded: first is better"
    assert "matplotlib.pyplot" not in sys.modules  # its state would be shared by all plots of a process


def test_report_of_a_backtest(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.read_parquet("truth.parquet")
    columns = {
        "fold": ["2026-01-01", EVIL] * 200,
        "event_id": rows.event_id,
        "event_time": rows.event_time,
        "label": rows.is_fraud.astype(int),
    }
    for name, noise in (("a", 0.5), ("b", 0.9)):
        score = [noise * random.Random(number).random() + (1 - noise) * bad for number, bad in enumerate(rows.is_fraud)]
        pd.DataFrame(columns | {"score": score}).to_parquet(f"{name}.parquet")
    outputs = ["--report", "page.html", "--plots", "plots", "--json", "figures.json"]
    assert main(["evaluate", "--scores", "a.parquet", "--against", "b.parquet", "--resamples", "100", *outputs]) == 0
    assert "mean" in capsys.readouterr().out
    assert {path.stem for path in Path("plots").iterdir()} == {"calibration", "precision_recall", "roc", "scores"}
    seen = "".join(Reader(Path("page.html").read_text(encoding="utf-8")).texts)
    assert EVIL.replace("\x1b", "?") in seen
    assert "resamples of 8 days" in seen
    figures = json.loads(Path("figures.json").read_text())
    assert (len(figures["folds"]), figures["mean"]["events"]) == (2, 400)


def test_files_of_the_same_model_are_told_apart(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("again.jsonl").write_bytes(Path("good.jsonl").read_bytes())
    assert main([*EVALUATE, "--against", "again.jsonl", "--resamples", "100", "--json", "q.json"]) == 0
    comparison = json.loads(Path("q.json").read_text())["comparison"]
    assert (comparison["first"], comparison["second"]) == (f"good {EVIL}, good.jsonl", f"good {EVIL}, again.jsonl")
    assert {row["verdict"] for row in comparison["differences"]} == {"zero inside: no evidence"}


@pytest.mark.parametrize("missing", ["matplotlib", "jinja2"])
def test_a_missing_package_is_named_before_any_work(
    missing: str, files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main([*EVALUATE, "--report", "page.html"]) == 1
    said = capsys.readouterr()
    assert said.err == f"ringwatch evaluate: reports and plots need {missing}, which is not installed: pip install 'ringwatch[report]'\n"
    assert not said.out
    assert main(EVALUATE) == 0  # figures need neither


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--decisions", "good.jsonl"], "give --decisions and --truth, or --scores"),
        (["--scores", "a.parquet", "--truth", "t"], "--scores takes the place of --decisions and --truth: leave them out"),
        (["--scores", "a.parquet", "--model", "m"], "--model goes with --decisions: a backtest trains its own models"),
        ([*EVALUATE[1:], "--k", "0"], "--k must be at least 1"),
        ([*EVALUATE[1:], "--resamples", "5"], "--resamples must be at least 100"),
        ([*EVALUATE[1:], "--seed", "-1"], "--seed must not be negative"),
    ],
)
def test_wrong_usage(words: list[str], said: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *words]) == 2
    assert capsys.readouterr().err == f"ringwatch evaluate: {said}\n"


def test_costs_are_those_of_the_settings(files: Path) -> None:
    assert main([*EVALUATE, "--json", "q.json", "--set", "train.costs.review=0.0", "--set", "train.costs.blocked_good=0.0"]) == 0
    free = json.loads(Path("q.json").read_text())["cost"]["decided"]
    assert main([*EVALUATE, "--json", "q.json", "--set", "train.costs.review=1000.0"]) == 0
    assert json.loads(Path("q.json").read_text())["cost"]["decided"] > free + 1000


def test_nothing_to_plot(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = pd.read_parquet("truth.parquet")
    truth.assign(is_fraud=False).to_parquet("truth.parquet")
    assert main([*EVALUATE, "--plots", "plots"]) == 1
    assert "the events are all of one class" in capsys.readouterr().err


def test_plots_of_poor_material() -> None:
    """A constant score, rings that are never flagged, decisions that cost nothing."""
    rows = pd.DataFrame(
        {"score": 0.0, "fraud": [True, False, False], "flagged": False, "blocked": False, "amount": 0.0, "ring": [0, -1, -1]}
    )
    rows = rows.assign(member=1.0, time_ms=[1, 2, 3])
    scored = ScoredTruth(rows, pa.chunked_array([["a", "b", "c"]]), 0, "_")
    free = Costs(missed_fraud_share=0.0, missed_fraud_least=0.0, blocked_good=0.0, review=0.0)
    plots = draw_plots([scored], free)
    assert {plot.name for plot in plots} == PLOTS
    assert plots == draw_plots([scored], free)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_has_the_contrast_of_wcag_aa_light_dark_and_printed() -> None:
    """The definition of WCAG 2.1: at least 4.5 to 1, against the page's ground and against a panel."""
    text = (Path(gnn.report.__file__).parent / "page.html").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{(.*?)\n\s*\}", text, re.DOTALL)]
    assert len(schemes) == 3
    for scheme in schemes:
        for name in ("ink", "soft", "quiet", "one", "two", "good", "caution", "bad"):
            for ground in ("ground", "panel"):
                dark, light = sorted((luminance(scheme[name]), luminance(scheme[ground])))
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground, scheme)


def test_plots_take_their_colours_from_the_page_and_their_text_is_text(files: Path) -> None:
    assert main([*EVALUATE, "--report", "page.html"]) == 0
    text = Path("page.html").read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    for drawing in drawings:
        assert set(re.findall(r"#[0-9a-f]{6}\b", drawing)) == set()
        assert "<text" in drawing
        assert "<metadata" not in drawing
        assert not re.search(r"<svg[^>]* (width|height)=", drawing)
    assert "var(--one)" in "".join(drawings)
    first = text
    assert main([*EVALUATE, "--report", "page.html"]) == 0
    assert Path("page.html").read_text(encoding="utf-8") == first


def test_report_names_the_model_and_the_period(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    default = Path(gnn.__file__).parent / "pretrained" / "default"
    card = json.loads((default / "card.json").read_text())
    lines = [json.loads(line) | {"model": card["model_id"]} for line in Path("good.jsonl").read_text().splitlines()]
    Path("good.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main([*EVALUATE, "--report", "page.html", "--model", str(default)]) == 0
    seen = " ".join("".join(Reader(Path("page.html").read_text(encoding="utf-8")).texts).split())
    assert f"Evaluation of {card['model_id']} 1 January 1970 to 8 January 1970; 400 events" in seen
    assert f"investigate from score {card['thresholds']['investigate']:.3f}" in seen
    assert "The model" in seen
    assert main(["evaluate", "--decisions", "poor.jsonl", "--truth", "truth.parquet", "--model", str(default)]) == 2
    assert f"holds {card['model_id']}, the decisions are of poor" in capsys.readouterr().err


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_fit_the_terminal_and_break_no_word(
    width: int, files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("good", "poor"):
        path = Path(f"{name}.jsonl")
        path.write_text(path.read_text().replace(json.dumps(EVIL)[1:-1], "m"))
    truth = pd.read_parquet("truth.parquet").replace(EVIL, "account_takeover")
    truth.to_parquet("truth.parquet")
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*EVALUATE, "--against", "poor.jsonl", "--resamples", "100"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    for word in ("precision", "difference", "account_takeover", "evidence", "flagged", "interval"):
        assert word in shown
    for title, columns in (
        ("Scenarios", "kind frauds flagged blocked average precision"),
        ("Event types", "event type events frauds precision"),
    ):
        assert set(columns.split()) <= set(shown[shown.index(title) :].split())
    figures = re.findall(r"(?m)^(?:average precision|AUC) .*?$", shown)
    assert figures
