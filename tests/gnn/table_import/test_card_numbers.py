"""Full card numbers are found in every mapped column, and order numbers are not taken for them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from domain.events.identity.token import passes_luhn
from gnn.table_import import guess_mapping
from tests.support.table_bench import T0, Bench

SCHEMES = {"4": 16, "51": 16, "2221": 16, "37": 15, "36": 14, "6011": 16, "3528": 16, "62": 19, "5018": 16}
FOUND = "full card numbers: column 'x' in {rows} rows; put a token or a hash in their place before you import, as PCI DSS demands"


def card(draw: random.Random, first: str, digits: int) -> str:
    body = first + "".join(draw.choices("0123456789", k=digits - len(first) - 1))
    return next(body + last for last in "0123456789" if passes_luhn(body + last))


def notes(bench: Bench, key: str, cells: list[str]) -> list[str]:
    table = bench.csv("t,who,n,x\n" + "".join(f'{T0},u{n},{n},"{cell}"\n' for n, cell in enumerate(cells)))
    keys = {"attributes": {key: ["x"]}} if key in ("numeric", "categorical") else {key: "x"}
    bench.run(table, keys=keys)
    assert bench.report is not None
    return [note for note in bench.report.warnings if "card" in note]


@pytest.mark.parametrize("key", ["account", "payment", "event_id", "device", "merchant", "numeric", "categorical"])
def test_card_numbers_are_named_with_column_and_rows(bench: Bench, key: str) -> None:
    draw = random.Random(5)
    cells = [card(draw, first, digits) for first, digits in SCHEMES.items() for _ in range(5)]
    assert notes(bench, key, cells) == [FOUND.format(rows=len(cells))]


@pytest.mark.parametrize("form", ["{} {} {} {}", "{}-{}-{}-{}"])
def test_card_numbers_in_groups_are_found(bench: Bench, form: str) -> None:
    draw = random.Random(6)
    numbers = [card(draw, "4", 16) for _ in range(8)]
    assert notes(bench, "payment", [form.format(*(n[i : i + 4] for i in (0, 4, 8, 12))) for n in numbers]) == [FOUND.format(rows=8)]


def test_card_numbers_among_tokens_are_found(bench: Bench) -> None:
    draw = random.Random(7)
    cells = [card(draw, "4", 16) if n % 10 == 3 else f"tok_{n}" for n in range(200)]
    assert notes(bench, "payment", cells) == [FOUND.format(rows=20)]


@pytest.mark.parametrize("first", ["4", "", "17"])
def test_order_numbers_are_no_cards(bench: Bench, first: str) -> None:
    draw = random.Random(8)
    cells = [first + "".join(draw.choices("123456789", k=16 - len(first))) for _ in range(400)]
    assert notes(bench, "event_id", cells) == []
    assert notes(bench, "payment", [str(4_000_000_000_000_001 + n) for n in range(300)]) == []


def test_numbers_of_telephones_are_no_cards(bench: Bench) -> None:
    draw = random.Random(9)
    assert notes(bench, "device", [card(draw, "35", 15) for _ in range(50)]) == []  # IMEIs end in Luhn's digit as well
    assert notes(bench, "device", [card(draw, "8949", 19) for _ in range(50)]) == []  # and so do SIM cards


def test_card_numbers_are_found_beyond_the_first_batch(bench: Bench) -> None:
    draw = random.Random(10)
    table = {"t": [T0] * 40_000, "who": ["a"] * 40_000, "x": [f"tok_{n}" for n in range(20_000)] + [card(draw, "4", 16)] * 20_000}
    table["x"][-1] = card(draw, "51", 16)
    table["x"][33_000] = card(draw, "4", 16)
    bench.run(bench.parquet(table), keys={"payment": "x"})
    assert bench.report is not None
    assert any("full card numbers: column 'x'" in note for note in bench.report.warnings)


def test_a_guess_names_them(tmp_path: Path) -> None:
    draw, path = random.Random(11), tmp_path / "t.csv"
    rows = [f"2024-01-{1 + n % 28:02} 10:{n % 60:02}:00,u{n % 20},{card(draw, '4', 16)},{n}.50,{int(n % 9 == 0)}" for n in range(100)]
    path.write_text("date,user_id,card_number,amount,is_fraud\n" + "\n".join(rows) + "\n", encoding="utf-8")
    text, _ = guess_mapping(path)
    assert "# Look at: full card numbers: column 'card_number' in 100 rows; put a token" in text


def iban(draw: random.Random, country: str, digits: int, space: str = "") -> str:
    body = "".join(draw.choices("0123456789", k=digits))
    check = 98 - int("".join(str(int(letter, 36)) for letter in f"{body}{country}00")) % 97
    text = f"{country}{check:02d}{body}"
    return space.join(text[place : place + 4] for place in range(0, len(text), 4))


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize("key", ["account", "payment", "event_id", "merchant", "categorical"])
def test_ibans_are_named_with_column_and_rows(bench: Bench, key: str, space: str) -> None:
    draw = random.Random(5)
    cells = [iban(draw, country, digits, space) for country, digits in (("DE", 18), ("NO", 11), ("FR", 23)) for _ in range(5)]
    table = bench.csv("t,who,x\n" + "".join(f"{T0},u{n},{cell}\n" for n, cell in enumerate(cells)))
    bench.run(table, keys={"attributes": {key: ["x"]}} if key == "categorical" else {key: "x"})
    assert bench.report is not None
    assert bench.report.warnings == (
        "full bank account numbers (IBAN): column 'x' in 15 rows; put a token or a hash in their place before you import",
    )


def test_codes_that_look_like_ibans_are_none(bench: Bench) -> None:
    draw = random.Random(6)
    cells = [f"TX{draw.randrange(10):d}{draw.randrange(10**17):018d}" for _ in range(500)]
    bench.run(bench.csv("t,who,x\n" + "".join(f"{T0},u{n},{cell}\n" for n, cell in enumerate(cells))), keys={"payment": "x"})
    assert bench.report is not None and bench.report.warnings == ()
