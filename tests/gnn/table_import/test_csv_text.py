"""Encodings and dialects of CSV that nobody named: recognised and said, or refused with the mend."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from gnn.table_import import TableError
from gnn.table_import.tables.table_text import TableText
from tests.support.table_bench import T0, Bench

WORDS = {
    "western": "Élysée Orléans François Noël Zoë Besançon Köln München Straße Müller España Muñoz Peña Málaga Tromsø Århus Évora",
    "polish": "Łódź Kraków Gdańsk Wrocław Śląsk Białystok Częstochowa Rzeszów żółw Zieliński Wójcik Kowalczyk Świętokrzyska",
    "czech": "Plzeň Ústí Králové Děčín Jiří Dvořák Černý Příbram Třebíč Žďár Čapek Růžička",
    "russian": "Москва Санкт-Петербург Новосибирск Екатеринбург Иванов Пётр улица Ленина Смирнова Екатерина Владимировна "
    "проспект Вернадского",
    "greek": "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο Παπαδόπουλος Γεωργίου Λάρισα",
    "japanese": "東京都渋谷区 大阪府 田中太郎 鈴木一郎 カード決済 横浜市 佐藤花子",
    "chinese": "北京市朝阳区 上海市 张伟 王芳 支付宝 广州市 深圳市 李娜",
    "korean": "서울특별시 강남구 김철수 부산광역시 이영희 대구광역시",
}
KNOWN = [
    ("western", "cp1252"), ("western", "latin-1"), ("czech", "cp1250"), ("polish", "cp1250"), ("russian", "cp1251"),
    ("russian", "koi8-r"), ("greek", "cp1253"), ("japanese", "cp932"), ("chinese", "gb18030"), ("korean", "cp949"),
]  # fmt: skip
RARE = ("cp850", "mac_roman", "iso8859-2", "cp852", "cp866", "iso8859-5")
MARKED = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig", "utf-8"]


def rows(words: list[str]) -> str:
    return "t,who\n" + "".join(f"{T0 + i},{word}\n" for i, word in enumerate(words))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_runs_of_spaces_separate_fields(bench: Bench, end: str) -> None:
    lines = [f"   {T0 + i}   acc{i}{' ' * (1 + i % 3)}{'x' * (i % 5)}y  " for i in range(100_000)]
    table = bench.folder / "orders.txt.csv"
    table.write_bytes((end.join(["t   who note", *lines]) + end).encode())
    events = bench.run(table, keys={"attributes": {"categorical": ["note"]}, "csv": {"delimiter": "spaces"}})
    assert [event["account_id"] for event in events] == [f"acc{i}" for i in range(len(lines))]
    assert events[3]["attributes"] == {"note": "xxxy"}


def test_a_run_of_spaces_without_end_is_read_in_time(bench: Bench) -> None:
    text = TableText(io.BytesIO(b"a" + b" " * (1 << 24) + b"b"), None, False, is_spaced=True)
    assert b"".join(iter(lambda: text.read(1 << 16), b"")).replace(b"\t", b"") == b"ab"


def written(bench: Bench, words: list[str], encoding: str) -> Path:
    path = bench.folder / "orders.csv"
    path.write_bytes(rows(words).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", MARKED)
@pytest.mark.parametrize("script", WORDS)
def test_unicode_is_read_in_every_form(bench: Bench, script: str, encoding: str) -> None:
    words = WORDS[script].split() * 300
    lines = bench.run(written(bench, words, encoding), keys={})
    assert [line["account_id"] for line in lines] == words
    assert bench.report is not None
    assert bool(bench.report.notes) == (not encoding.startswith("utf-8"))


@pytest.mark.parametrize(("script", "encoding"), KNOWN)
def test_an_encoding_is_recognised_and_said(bench: Bench, script: str, encoding: str) -> None:
    words = WORDS[script].split()
    assert [line["account_id"] for line in bench.run(written(bench, words, encoding), keys={})] == words
    assert bench.report is not None
    (note,) = bench.report.notes
    assert " text, letters such as " in note
    assert note.endswith("; if these are wrong, set csv.encoding")
    assert bench.run(bench.folder / "orders.csv", keys={"csv": {"encoding": encoding}})[0]["account_id"] == words[0]
    assert not bench.report.notes


@pytest.mark.parametrize(
    ("script", "encoding"),
    [(script, encoding) for script in ("western", "polish", "czech", "russian") for encoding in RARE],
)
def test_no_encoding_is_taken_for_another(bench: Bench, script: str, encoding: str) -> None:
    """Rare encodings may be refused, with candidates, but are never misread."""
    words = [word for word in WORDS[script].split() if not word.isascii() and _fits(word, encoding)]
    if not words:
        return
    path = written(bench, words, encoding)
    try:
        lines = bench.run(path, keys={})
    except TableError as error:
        assert "is not UTF-8 text; set csv.encoding in the mapping, such as " in str(error)
        return
    assert [line["account_id"] for line in lines] == words


def _fits(word: str, encoding: str) -> bool:
    try:
        word.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def test_letters_that_come_late_are_recognised_and_nothing_before_is_lost(bench: Bench) -> None:
    words = [f"a{i}" for i in range(400_000)]
    words += ["Zoë", "Noël", "Élise"]
    lines = bench.run(written(bench, words, "latin-1"), keys={})
    assert [line["account_id"] for line in lines] == words


def test_one_damaged_byte_among_utf8_is_no_other_encoding(bench: Bench) -> None:
    path = written(bench, ["Zoë", "Noël", "Élise"], "utf-8")
    path.write_bytes(path.read_bytes() + b"1,\xfc\n")
    with pytest.raises(TableError, match=r"line 5: is not UTF-8 text, though text before it is; mend it"):
        bench.run(path, keys={})


def test_pound_signs_are_no_japanese(bench: Bench) -> None:
    path = bench.folder / "orders.csv"
    path.write_bytes(b"t,who,note\n" + b"".join(f"{T0},a{i},£{i}.50 – paid\n".encode("cp1252") for i in range(9)))
    keys = {"attributes": {"categorical": ["note"]}}
    assert bench.run(path, keys=keys)[0]["attributes"] == {"note": "£0.50 – paid"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-32-be", "cp932"])
def test_text_is_whole_at_every_block_size(encoding: str) -> None:
    """Whatever sizes are read, no character falls between two blocks."""
    from io import BytesIO

    from gnn.table_import.tables.table_text import TableText

    chance = random.Random(7)
    letters = "aé,\n" if encoding in ("cp1252",) else "aカ,\n" if encoding == "cp932" else "aé東🂡,\n"
    text = "".join(chance.choice(letters) for _ in range(20_000))
    stream = TableText(BytesIO(text.encode(encoding)), encoding, find_escapes=True)
    got = b""
    while data := stream.read(size := chance.randint(1, 9000)):
        assert len(data) <= size
        got += data
    assert got.decode() == text


def test_a_backslash_before_a_quote_needs_a_word(bench: Bench) -> None:
    table = bench.csv(f't,who,note\n{T0},a,"He said \\"hi\\", then left"\n')
    keys = {"attributes": {"categorical": ["note"]}}
    with pytest.raises(TableError, match=r"line 2: has a quote after a backslash in a field in quotes; set csv.escape"):
        bench.run(table, keys=keys)
    lines = bench.run(table, keys={**keys, "csv": {"escape": "\\"}})
    assert lines[0]["attributes"] == {"note": 'He said "hi", then left'}


def test_backslashes_that_escape_nothing_stay(bench: Bench) -> None:
    table = bench.csv(f't,who,note\n{T0},a,"C:\\dir\\"\n{T0},b,"say ""\\n"""\n{T0},c,5\\" disk\n')
    lines = bench.run(table, keys={"attributes": {"categorical": ["note"]}})
    assert [line["attributes"]["note"] for line in lines] == ["C:\\dir\\", 'say "\\n"', '5\\" disk']


def test_other_quotes_and_none(bench: Bench) -> None:
    table = bench.csv(f"t,who,note\n{T0},a,'x, y'\n")
    keys = {"attributes": {"categorical": ["note"]}}
    assert bench.run(table, keys={**keys, "csv": {"quote": "'"}})[0]["attributes"] == {"note": "x, y"}
    table = bench.csv(f't,who,note\n{T0},a,"open\n{T0},b,x\n')
    assert bench.run(table, keys={**keys, "csv": {"quote": "none"}})[0]["attributes"] == {"note": '"open'}


LAYOUTS = {
    "semicolon": (f"t;who\n{T0};a\n", "has ';' between fields"),
    "tab": (f"t\twho\n{T0}\ta\n", r"has '\t' between fields"),
    "pipe": (f"t|who\n{T0}|a\n", "has '|' between fields"),
    "hive": (f"t\x01who\n{T0}\x01a\n", r"has '\x01' between fields"),
    "sep": (f"sep=;\nt;who\n{T0};a\n", "has its header in line 2"),
    "title": (f"Report of May\nall, amounts in EUR\n\nt,who\n{T0},a\n", "has its header in line 4"),
    "comment": (f"# made by x\nt,who\n{T0},a\n", "has its header in line 2"),
    "trailing": (f"t,who\n{T0},a,\n{T0 + 1},b,\n", ""),
    "carriage returns": (f"t,who\r{T0},a\r", ""),
    "windows": (f"t,who\r\n{T0},a\r\n", ""),
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_layout_is_found_by_the_columns_that_are_mapped(bench: Bench, kind: str) -> None:
    text, said = LAYOUTS[kind]
    path = bench.folder / "orders.csv"
    path.write_bytes(text.encode())
    assert bench.run(path, keys={})[0]["account_id"] == "a"
    assert bench.report is not None
    assert said in "; ".join(bench.report.notes)


def test_spaces_around_the_names_of_a_header_count_only_where_a_mapping_writes_them(bench: Bench) -> None:
    table = bench.csv(f"t, who ,\u00a0mail\n{T0},a,m@x.de\n")
    for name in ("who", " who "):
        (line,) = bench.run(table, keys={"account": name, "email": "mail" if name == "who" else None})
        assert (line["account_id"], line.get("email")) == ("a", "m@x.de" if name == "who" else None)
    both = bench.csv(f"t,who, who \n{T0},a,b\n")
    assert [bench.run(both, keys={"account": name})[0]["account_id"] for name in ("who", " who ")] == ["a", "b"]
    with pytest.raises(TableError, match=r"has no column 'who', which account of .* names; did you mean ' who '\?"):
        bench.run(bench.parquet({"t": [T0], " who ": ["a"]}), keys={})


def test_a_delimiter_of_the_mapping_alone_counts(bench: Bench) -> None:
    with pytest.raises(TableError, match=r"has no column 'who', .*; did you mean t;who"):
        bench.run(bench.csv(f"t;who\n{T0};a\n"), keys={"csv": {"delimiter": ","}})


def test_a_table_without_header_gets_names(bench: Bench) -> None:
    table = bench.csv(f"{T0},a\n{T0},b\n")
    with pytest.raises(TableError, match=r"has no column 'who', .*; if its first line is a row already, name its columns in csv.columns"):
        bench.run(table, keys={})
    assert [line["account_id"] for line in bench.run(table, keys={"csv": {"columns": ["t", "who"]}})] == ["a", "b"]
    with pytest.raises(TableError, match=r"line 1 has 2 fields where csv.columns names 3"):
        bench.run(table, keys={"csv": {"columns": ["t", "who", "x"]}})
    with pytest.raises(TableError, match=r"its first line holds the names of csv.columns already; leave csv.columns out of .*yaml"):
        bench.run(bench.csv(f"t, who\n{T0},a\n"), keys={"csv": {"columns": ["t", "who"]}})


def test_row_names_of_r_are_a_wrong_number_of_fields(bench: Bench) -> None:
    with pytest.raises(TableError, match="line 2 has 3 fields where the header has 2"):
        bench.run(bench.csv(f"t who\n1 {T0} a\n".replace(" ", ",")), keys={})
