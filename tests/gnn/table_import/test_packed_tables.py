"""Tables are recognised by what they hold: packed ones are read, other formats are named with the mend."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest

from gnn.table_import import TableError
from gnn.table_import.tables import unpack
from tests.support.table_bench import T0, Bench

TABLE = b"t,who\n" + b"".join(b"%d,a%d\n" % (T0 + i, i) for i in range(500))


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_in_", "/").replace("_dot_", "."), data)
    return buffer.getvalue()


def arrow(codec: str) -> Callable[[bytes], bytes]:
    def packed(data: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(data)
        return bytes(sink.getvalue().to_pybytes())

    return packed


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": arrow("zstd"),
    "lz4": arrow("lz4"),
    "zip": lambda data: zipped(orders_dot_csv=data),
}


@pytest.mark.parametrize("how", PACK)
@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz", "orders.parquet", "orders"])
def test_a_packed_table_is_read_whatever_its_name(bench: Bench, how: str, name: str) -> None:
    path = bench.folder / name
    path.write_bytes(PACK[how](TABLE))
    assert [line["account_id"] for line in bench.run(path, keys={})] == [f"a{i}" for i in range(500)]
    assert bench.report is not None
    assert any("unpacked from" in note for note in bench.report.notes) == (not name.endswith(".gz"))


def test_two_gzip_members_are_one_table(bench: Bench) -> None:
    path = bench.folder / "a.csv"
    path.write_bytes(gzip.compress(TABLE[:700]) + gzip.compress(TABLE[700:]))
    assert len(bench.run(path, keys={})) == 500


def test_a_zip_of_several_files_needs_a_name(bench: Bench) -> None:
    path = bench.folder / "set.zip"
    path.write_bytes(zipped(train_dot_csv=TABLE, test_dot_csv=b"t,who\n"))
    with pytest.raises(TableError, match=r"is a zip archive of 2 files \(train.csv, test.csv\); name one in csv.member, or unpack it"):
        bench.run(path, keys={})
    assert len(bench.run(path, keys={"csv": {"member": "train.csv"}})) == 500
    with pytest.raises(TableError, match=r"holds no file 'tran.csv' \(csv.member\); it holds train.csv, test.csv"):
        bench.run(path, keys={"csv": {"member": "tran.csv"}})
    with pytest.raises(TableError, match=r"is no zip archive, so csv.member has no meaning"):
        bench.run(bench.csv("t,who\n"), keys={"csv": {"member": "x"}})


def test_what_lies_beside_the_table_in_a_zip_does_not_count(bench: Bench) -> None:
    path = bench.folder / "set.csv"
    path.write_bytes(zipped(data_in_train_dot_csv=TABLE, __MACOSX_in_train_dot_csv=b"x", README_dot_md=b"words"))
    assert len(bench.run(path, keys={})) == 500
    assert bench.report is not None
    assert bench.report.notes == ("set.csv unpacked from zip (its file data/train.csv)",)


def workbook() -> bytes:
    return zipped(xl_in_workbook_dot_xml=b"<workbook/>", xl_in_worksheets_in_sheet1_dot_xml=b"<x/>")


def orc() -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.orc.write_table(pa.table({"t": [T0]}), sink)
    return bytes(sink.getvalue().to_pybytes())


def feather(version: int) -> bytes:
    sink = io.BytesIO()
    pyarrow.feather.write_feather(pa.table({"t": [T0]}), sink, version=version, compression="uncompressed" if version == 2 else None)
    return sink.getvalue()


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("orders.csv")
        info.size = len(TABLE)
        archive.addfile(info, io.BytesIO(TABLE))
    return buffer.getvalue()


OTHER = {
    "xlsx": (workbook(), r"is an Excel workbook \(.xlsx\); export the sheet as CSV"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"is an old Excel workbook \(.xls\); export the sheet as CSV"),
    "ods": (zipped(mimetype=b"x", content_dot_xml=b"<x/>"), "is an OpenDocument file; export the sheet as CSV"),
    "html": (b"\n<!DOCTYPE html><html><body>Please log in</body></html>", "is an HTML page, not a table; download the file itself"),
    "xml": (b"<?xml version='1.0'?><rows/>", "is XML; turn it into CSV or Parquet"),
    "jsonl": (b'{"event_id": "1"}\n{"event_id": "2"}\n', r"is JSON, not a table; events as JSON lines need no import"),
    "json": (b'\xef\xbb\xbf[\n  {"a": 1}]', "is JSON, not a table"),
    "orc": (orc(), "is an ORC file; write it as Parquet or CSV"),
    "feather": (feather(2), r"is an Arrow \(Feather\) file; write it as Parquet or CSV"),
    "feather1": (feather(1), "is a Feather file; write it as Parquet or CSV"),
    "avro": (b"Obj\x01\x04\x14avro.codec", "is an Avro file"),
    "sqlite": (b"SQLite format 3\x00" + bytes(100), "is an SQLite database; export its table as CSV"),
    "tar": (tar(), "is a tar archive; unpack it and give its tables"),
    "tar.gz": (gzip.compress(tar()), "holds, packed by gzip, a tar archive; unpack it and give its tables"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(20), "is a 7z archive"),
    "pdf": (b"%PDF-1.7\n", "is a PDF"),
    "arff": (b"@relation credit\n@attribute a numeric\n", "is an ARFF file; turn it into CSV"),
    "sql": (b"-- MySQL dump 10.13\nCREATE TABLE x", "is an SQL dump; export the table as CSV"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "is a Git LFS pointer, not the table; fetch it",
    ),
    "rds": (gzip.compress(b"X\n\x00\x00\x00\x02"), r"holds, packed by gzip, a file of R \(.rds\)"),
    "twice": (gzip.compress(gzip.compress(TABLE)), "holds, packed by gzip, another packed file; unpack it"),
    "parquet.gz": (gzip.compress(b"PAR1xx"), "holds, packed by gzip, a Parquet file; unpack it"),
    "cut.gz": (gzip.compress(TABLE)[:-40], "is cut off: its compressed data ends too early; copy it again"),
    "cut.xz": (lzma.compress(TABLE)[:-40], "is cut off"),
    "bad.gz": (b"\x1f\x8b" + b"nonsense" * 4, r"is damaged \("),
    "bad.zst": (b"\x28\xb5\x2f\xfd" + b"nonsense" * 4, r"is damaged \("),
    "empty.zip": (zipped(), "is an empty zip archive"),
}


@pytest.mark.parametrize("kind", OTHER)
def test_what_is_no_table_is_named_with_the_mend(bench: Bench, kind: str) -> None:
    content, said = OTHER[kind]
    path = bench.folder / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=said) as caught:
        bench.run(path, keys={})
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert not bench.out.exists()


def test_an_encrypted_and_a_broken_zip_are_named(bench: Bench) -> None:
    path = bench.folder / "set.zip"
    data = bytearray(zipped(a_dot_csv=TABLE))
    place = data.index(b"PK\x01\x02")
    path.write_bytes(data[: place + 8] + bytes([data[place + 8] | 1]) + data[place + 9 :])
    with pytest.raises(TableError, match="is an encrypted zip archive; unpack it and give its table"):
        bench.run(path, keys={})
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(TableError, match=r"is damaged \("):
        bench.run(path, keys={})


@pytest.mark.parametrize("how", ["gzip", "zip", "zstd"])
def test_a_bomb_ends_early_in_little_memory(bench: Bench, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """96 megabytes of equal rows in a few kilobytes: with a bound of four, it is named."""
    monkeypatch.setattr(unpack, "FREE_BYTES", 1 << 22)
    path = bench.folder / "orders.csv"
    path.write_bytes(PACK[how](b"t,who\n" + b"%d,a\n" % T0 * 6_000_000))
    tracemalloc.start()
    with pytest.raises(TableError, match=r"unpacks to more than 200 times its size \([\d,]+ bytes\), as a decompression bomb does"):
        bench.run(path, keys={})
    assert tracemalloc.get_traced_memory()[1] < 80 << 20
    tracemalloc.stop()
    assert not bench.out.exists()


def test_a_bomb_without_lines_is_a_row_too_long(bench: Bench) -> None:
    path = bench.folder / "orders.csv"
    path.write_bytes(gzip.compress(b"t,who\n%d,2\n" % T0 + b"0" * (1 << 25)))
    with pytest.raises(TableError, match="has a row longer than 4 MB; look for a quote that is never closed"):
        bench.run(path, keys={})
