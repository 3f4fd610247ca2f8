"""Checks of the Java classes that find, order and read files; `test_files_in_java.py` runs them."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
from functools import cache
from pathlib import Path
from typing import Any

from domain.events.event import Rejected
from domain.events.notice import SourceNotice, bytes_of
from domain.file_order import files_in_order, natural_key
from domain.unpacked import why_no_lines
from gnn.history.replay import event_lines
from tests.support.event_lines import ORDER, PARSER
from tests.support.unlisted_folder import unlisted

NOTICE = "\u26a0"
EVENTS = [f'{{"event_id": "e{number}"}}' for number in range(7)]
TEXT = "\n".join(EVENTS).encode() + b"\n"
_FILES = "org.apache.flink.connector.file.src"


@cache
def ours() -> Any:
    from pyflink.datastream import StreamExecutionEnvironment

    from flink_job.connectors.java_classes import java_classes

    return java_classes(StreamExecutionEnvironment.get_execution_environment())


def java() -> Any:
    from pyflink.java_gateway import get_gateway

    return get_gateway().jvm


def sources() -> Any:
    return java().org.apache.flink.connector.file.src


def flink_path(path: Path | str) -> Any:
    return java().org.apache.flink.core.fs.Path(java().java.io.File(str(path)).toURI())


def split(path: Path | str, name: str = "0000000001", size: int | None = None, read: int | None = None) -> Any:
    """A file as Flink hands it on; `read` lines of it were read before a restart."""
    from pyflink.java_gateway import get_gateway

    there = Path(path).stat().st_size if Path(path).exists() else 0
    size = there if size is None else size
    hosts = get_gateway().new_array(java().String, 0)
    position = None if read is None else sources().util.CheckpointedPosition(-1, read)
    return sources().FileSourceSplit(name, flink_path(path), 0, size, 0, size, hosts, position)


def names(splits: Any) -> list[str]:
    return [one.path().getName() for one in splits]


def handed_out(order: Any, most: int = 100) -> list[Any]:
    found = []
    while len(found) < most and (given := order.getNext(None)).isPresent():
        found.append(given.get())
    return found


def orders() -> Any:
    return ours().FilesBelow.Provider(0).order()


def new_order(*paths: str) -> Any:
    return orders().create([split(f"/in/{path}", f"{number:010d}") for number, path in enumerate(paths)])


def lines(given: Any) -> list[str]:
    """What the reader makes of a split; of a notice its text."""
    return texts(records(given))


def notice(record: str) -> SourceNotice:
    """A notice as the parser reads it."""
    try:
        bytes_of(record)
    except SourceNotice as found:
        return found
    raise AssertionError(f"no notice: {record}")


def records(given: Any) -> list[str]:
    config = java().org.apache.flink.configuration.Configuration()
    format = ours().Lines()
    reader = format.restoreReader(config, given) if given.getReaderPosition().isPresent() else format.createReader(config, given)
    return rest(reader)


def enumerated(root: Path, enumerator: Any = None) -> list[str]:
    from pyflink.util.java_utils import to_jarray

    enumerator = enumerator or ours().FilesBelow.Provider(0).create()
    roots = to_jarray(java().org.apache.flink.core.fs.Path, [flink_path(root)])
    return sorted(os.path.relpath(one.path().getPath(), root) for one in enumerator.enumerateSplits(roots, 1))


def check_files_come_in_natural_order(folder: Path) -> None:
    order = new_order("m10.jsonl", "m2.jsonl", "b/m1.jsonl", "m1.jsonl")
    assert names(handed_out(order)) == ["m1.jsonl", "m1.jsonl", "m2.jsonl", "m10.jsonl"]


def check_a_late_file_with_an_early_name_stays_late(folder: Path) -> None:
    order = new_order("m2.jsonl", "m3.jsonl")
    order.addSplits([split("/in/m1.jsonl", "0000000001"), split("/in/m0.jsonl", "0000000002")])
    assert names(handed_out(order)) == ["m2.jsonl", "m3.jsonl", "m0.jsonl", "m1.jsonl"]


def check_a_restart_keeps_the_order(folder: Path) -> None:
    order = new_order("m2.jsonl", "m3.jsonl", "m4.jsonl")
    order.addSplits([split("/in/m1.jsonl")])
    assert names(handed_out(order, 1)) == ["m2.jsonl"]
    for _ in range(2):  # a checkpoint holds a list; Flink may keep it in any order
        saved = list(order.remainingSplits())
        random.Random(1).shuffle(saved)
        order = orders().create(saved)
    order.addSplits([split("/in/m0.jsonl")])
    assert names(handed_out(order)) == ["m3.jsonl", "m4.jsonl", "m1.jsonl", "m0.jsonl"]


def check_a_file_that_comes_back_takes_its_place(folder: Path) -> None:
    order = new_order("m1.jsonl", "m2.jsonl", "m3.jsonl", "m4.jsonl")
    taken = handed_out(order, 2)
    order.addSplits([split("/in/m0.jsonl")])
    order.addSplits(list(reversed(taken)))
    assert names(handed_out(order)) == ["m1.jsonl", "m2.jsonl", "m3.jsonl", "m4.jsonl", "m0.jsonl"]


def check_ids_are_told_apart_and_positions_are_kept(folder: Path) -> None:
    """Flink's own ids begin anew after a restart."""
    begun = split("/in/m1.jsonl", "0000000001", read=7)
    order = orders().create([begun])
    order.addSplits([split("/in/m2.jsonl", "0000000001")])
    first, second = handed_out(order)
    assert first.splitId() != second.splitId()
    assert first.getReaderPosition().get().getRecordsAfterOffset() == 7


def check_java_and_python_have_one_order(folder: Path) -> None:
    key = ours().NaturalOrder.key
    some = random.Random(5)
    letters = "aAbzZ019-_. ()\u00e9\u00c9e\u0301\u0130\u0131\u00df\u0663\u096b\uff12\u0391\u03c3\u042f\U0001d7d8\U0001f600\u4e00"
    given = ["/".join("".join(some.choices(letters, k=some.randint(1, 9))) for _ in range(some.randint(1, 3))) for _ in range(1500)]
    given += ["a.jsonl.gz", "a.jsonl.1", "a..b", "a.", ".a", "a.b-c.d", "0", "00", "a" + "9" * 200, "/a//b/", "a.1b.c2"]
    every = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
    given += ["a".join(every[at : at + 256]) for at in range(0, len(every), 256)]
    wrong = [name for name in given if key(name) != natural_key(name)]
    assert not wrong, wrong[:3]


def check_what_is_found_is_what_python_finds(folder: Path) -> None:
    root = folder / "_in 1:2 %20 \u00e9"
    for name in ("a/b/10.jsonl", "a/b/2.jsonl", "x y.jsonl", "2026-01-31T12:00:00.jsonl", "50%.jsonl", "\u0142.jsonl", "#1?.jsonl"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(TEXT)
    for hidden in (".hidden", "_temporary", "a/.b"):
        (root / hidden).write_bytes(TEXT)
    (root / "empty").touch()
    (root / "nowhere").symlink_to(folder / "not-there")
    (root / "a" / "loop").symlink_to(root)
    (root / "linked").symlink_to(root / "a" / "b")
    os.mkfifo(root / "pipe")
    assert enumerated(root) == sorted(os.path.relpath(path, root) for path in files_in_order(root))
    assert len(enumerated(root)) == 10
    assert enumerated(root / "x y.jsonl") == ["."]


def check_paths_are_those_of_flinks_own_enumerator(folder: Path) -> None:
    """A savepoint from before names the files that are done."""
    from pyflink.util.java_utils import to_jarray

    for name in ("x y.jsonl", "50%.jsonl", "\u0142#1?.jsonl", "plain.jsonl"):
        (folder / name).write_bytes(TEXT)
    roots = to_jarray(java().org.apache.flink.core.fs.Path, [java().org.apache.flink.core.fs.Path(str(folder))])
    theirs = sources().enumerate.NonSplittingRecursiveEnumerator().enumerateSplits(roots, 1)
    found = ours().FilesBelow.Provider(0).create().enumerateSplits(roots, 1)
    assert {one.path() for one in theirs} == {one.path() for one in found}
    assert {one.path().toString() for one in theirs} == {one.path().toString() for one in found}


def check_a_folder_that_is_gone_is_an_error_and_no_empty_folder(folder: Path) -> None:
    try:
        enumerated(folder / "gone")
    except Exception as error:
        assert "does not exist, or cannot be read: is its disk mounted?" in str(error)
    else:
        raise AssertionError("nothing was said")


def check_lines_are_those_that_python_cuts(folder: Path) -> None:
    """The buffer of both has 65,536 bytes: ends are cut in two there."""
    edge = b"x" * 65_535
    for number, content in enumerate(
        (
            b"",
            b"\n",
            b"a",
            b"a\n\nb\r\nc\rd",
            b"\r\n\r\n",
            b"\r\r\n\n\r\r",
            b"a\r\r\nb\n\rc\r",
            b"a\rb\rc\r",
            b"\xef\xbb\xbf\xff\x00\xc4\x85\x0b\x0c\x1c\n",
            edge + b"\r\na",
            edge + b"\ra\n",
            edge + b"\n\na\r\n",
            edge + b"x\r\na",
            b"\n" + edge + b"\r",
            b"a\r\n" * 70_000,
        )
    ):
        (folder / "f").write_bytes(content)
        assert lines(split(folder / "f")) == [line.decode("latin-1") for line in event_lines([folder / "f"])], (number, content[:20])
    assert lines(split(folder / "f")) == ["a"] * 70_000


def check_a_return_inside_an_object_is_white_space_in_both(folder: Path) -> None:
    whole = json.dumps(ORDER, separators=(",\r", ":")).encode()
    (folder / "f").write_bytes(whole + b"\r\r\n" + whole + b"\r" + whole + b"\n" + b"\r".join([whole] * 500))
    found = []
    for given in ([line.encode("latin-1") for line in lines(split(folder / "f"))], list(event_lines([folder / "f"]))):
        found.append([outcome(line) for line in given])
    assert found[0] == found[1]
    assert found[0][0] == "o-1"
    assert [said.endswith("line ends are CR; convert them to LF") for said in found[0]] == [False, True, True]


def outcome(line: bytes) -> str:
    try:
        return PARSER.parse(line).event_id
    except Rejected as why:
        return str(why)


def check_a_line_without_end_is_cut(folder: Path) -> None:
    (folder / "f").write_bytes(b"x" * (3 << 20) + b"\n" + TEXT)
    first, *others = lines(split(folder / "f"))
    assert len(first) == 1 << 20
    assert others == EVENTS


def check_packed_files_are_read_whatever_their_names(folder: Path) -> None:
    for number, packed in enumerate((gzip.compress(TEXT), gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:]), bz2.compress(TEXT))):
        (folder / f"{number}.jsonl").write_bytes(packed)
        assert lines(split(folder / f"{number}.jsonl")) == EVENTS, number
        assert lines(split(folder / f"{number}.jsonl", read=5)) == EVENTS[5:], number
    (folder / "plain.jsonl.gz").write_bytes(TEXT)
    assert lines(split(folder / "plain.jsonl.gz")) == EVENTS


def check_what_is_no_file_of_lines_is_named(folder: Path) -> None:
    (folder / "a").write_bytes(b"PK\x03\x04" + TEXT)
    (folder / "b").write_bytes(b"PAR1" + TEXT)
    (folder / "c").write_bytes(lzma.compress(TEXT))
    (folder / "d").write_bytes(b"(\xb5/\xfd" + TEXT)
    for name in "abcd":
        assert lines(split(folder / name)) == [f"{NOTICE}{folder}/{name} {why_no_lines(folder / name)}"]
    assert "a zip archive: unpack it" in lines(split(folder / "a"))[0]


def check_a_damaged_archive_gives_what_it_holds_and_a_notice(folder: Path) -> None:
    text = b"".join(b"%d %s\n" % (number, os.urandom(20).hex().encode()) for number in range(20_000))
    (folder / "f.gz").write_bytes(gzip.compress(text)[:-9000])
    *found, told = lines(split(folder / "f.gz"))
    assert "\n".join(found).encode() == text[: len("\n".join(found))]
    assert len(found) > 10_000
    assert told.startswith(f"{NOTICE}{folder}/f.gz is damaged after line {len(found)} (")
    assert told.endswith("what follows is missing")


def check_a_file_that_is_gone_is_missing_and_the_job_goes_on(folder: Path) -> None:
    assert lines(split(folder / "f", size=90)) == [f"{NOTICE}{folder}/f is gone: its events after line 0 are missing"]
    assert lines(split(folder / "f", size=90, read=3)) == [f"{NOTICE}{folder}/f is gone: its events after line 3 are missing"]
    try:
        lines(split(folder / "unmounted" / "f"))
    except Exception as error:
        assert "is its disk mounted?" in str(error)
    else:
        raise AssertionError("all files of a disk that is away for a moment would be skipped")


def check_a_file_that_shrank_gives_what_is_there(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    told, *found = lines(split(folder / "f", size=999))
    assert found == EVENTS
    assert told == f"{NOTICE}{folder}/f has {len(TEXT)} bytes and had 999 when it was found: the rest is missing"
    assert lines(split(folder / "f", read=4)) == EVENTS[4:]
    *_, cut = lines(split(folder / "f", size=999, read=50))
    assert (
        cut
        == f"{NOTICE}{folder}/f has 7 lines and had at least 50 before the restart: it was cut or replaced, and nothing of it is read again"
    )


def check_what_is_missing_is_counted_as_a_position_that_is_gone(folder: Path) -> None:
    odd = folder / 'a "quoted\\" \n \u0142 name'
    (record,) = records(split(odd, size=90, read=3))
    assert notice(record).details == {"file": str(odd), "position": 3, "missing": None}
    (folder / "a").write_bytes(b"PAR1" + TEXT)
    assert notice(records(split(folder / "a"))[0]).details == {}, "nothing is missing"


def check_a_file_that_grew_before_it_was_read_is_read_whole(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    assert lines(split(folder / "f", size=20)) == EVENTS


class Job:
    """A source as Flink runs it: looks for files, hands out each path once, and reads with one reader."""

    def __init__(self, folder: Path, read_before_ms: int = 0) -> None:
        self.folder, self._format = folder, ours().Lines()
        self._finders = ours().FilesBelow.Provider(read_before_ms)
        self._orders = self._finders.order()
        self.paths: set[str] = set()
        self.start([])

    def start(self, waiting: list[Any]) -> None:
        """Begin anew, as after a failure, with the files that waited at the checkpoint."""
        self._finder, self.order = self._finders.create(), self._orders.create(waiting)

    def ship(self, source: Any) -> None:
        """Take the finder and the order of a source as they arrive where the job is managed."""
        shipped = java().org.apache.flink.util.InstantiationUtil.clone(source, self._finders.getClass().getClassLoader())
        self._finders, self._orders = (inside(shipped, name) for name in ("enumeratorFactory", "assignerFactory"))
        self.start([])

    def look(self) -> list[str]:
        """Find files; return the names of what is new."""
        from pyflink.util.java_utils import to_jarray

        roots = to_jarray(java().org.apache.flink.core.fs.Path, [flink_path(self.folder)])
        found = [one for one in self._finder.enumerateSplits(roots, 1) if one.path().getPath() not in self.paths]
        self.paths |= {one.path().getPath() for one in found}
        self.order.addSplits(found)
        return sorted(os.path.relpath(one.path().getPath(), self.folder) for one in found)

    def read(self) -> list[str]:
        """Read what there is; return the records, of notices their texts."""
        found = []
        while (given := self.order.getNext(None)).isPresent():
            reader = self.opened(given.get())
            found += texts(rest(reader))
        return found

    def opened(self, given: Any) -> Any:
        config = java().org.apache.flink.configuration.Configuration()
        return (
            self._format.restoreReader(config, given) if given.getReaderPosition().isPresent() else self._format.createReader(config, given)
        )


def rest(reader: Any) -> list[str]:
    found = []
    while (batch := reader.readBatch()) is not None:
        while (record := batch.next()) is not None:
            found.append(record.getRecord())
    reader.close()
    return found


def texts(records: list[str]) -> list[str]:
    return [f"{NOTICE}{notice(record).reason}" if record.startswith(NOTICE) else record for record in records]


def inside(source: Any, name: str) -> Any:
    field = source.getClass().getSuperclass().getDeclaredField(name)
    field.setAccessible(True)
    return field.get(source)


def append(path: Path, content: bytes = TEXT) -> None:
    with path.open("ab") as file:
        file.write(content)


def replace(path: Path, content: bytes) -> None:
    """Write a new file and rename it, as careful senders do."""
    new = path.with_name(f".{path.name}")
    new.write_bytes(content)
    new.rename(path)


def grown(path: Path, before: int, after: int) -> str:
    return (
        f"{NOTICE}{path} has grown from {before} to {after} bytes since it was found: what is written into a file after it was read"
        " is not read; write it under another name and rename it when it is whole"
    )


def replaced(path: Path, before: int, after: int) -> str:
    return (
        f"{NOTICE}{path} was replaced or written anew after it was found, it had {before} bytes and has {after}: what is in it now"
        " is not read; write new events under another name and rename the file when it is whole"
    )


SIZE = len(TEXT)


def check_a_file_that_grows_after_it_was_read_is_told_once(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    assert (job.look(), job.read()) == (["f"], EVENTS)
    append(folder / "f")
    assert job.look() == ["f/.has-grown-since"]
    assert job.read() == [grown(folder / "f", SIZE, 2 * SIZE)]
    append(folder / "f")
    assert (job.look(), job.read()) == ([], [])


def check_a_file_that_is_replaced_after_it_was_read_is_told_once(folder: Path) -> None:
    """Shorter, as long, longer, written anew in its place, and gone for a while."""
    names = ("anew", "equal", "gone", "longer", "same-time", "shorter")
    for name in names:
        (folder / name).write_bytes(TEXT)
        os.utime(folder / name, (1000, 1000))
    (folder / "untouched").write_bytes(TEXT)
    job = Job(folder)
    job.look()
    assert job.read() == 7 * EVENTS
    (folder / "gone").unlink()
    assert job.look() == []
    (folder / "anew").write_bytes(TEXT[::-1])
    replace(folder / "equal", TEXT[::-1])
    replace(folder / "longer", TEXT + TEXT)
    replace(folder / "same-time", TEXT[::-1])
    os.utime(folder / "same-time", (1000, 1000))
    replace(folder / "shorter", TEXT[:40])
    replace(folder / "gone", TEXT)
    assert job.look() == [f"{name}/.was-replaced-since" for name in names]
    now = {"longer": 2 * SIZE, "shorter": 40}
    assert job.read() == [replaced(folder / name, SIZE, now.get(name, SIZE)) for name in names]
    replace(folder / "shorter", TEXT[:30])
    assert (job.look(), job.read()) == ([], []), "once"


def check_a_file_with_another_owner_or_name_in_an_archive_is_no_other_file(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    assert (job.look(), job.read()) == (["f"], EVENTS)
    (folder / "f").chmod(0o600)
    os.link(folder / "f", folder / ".g")
    assert (job.look(), job.read()) == ([], [])


def check_what_changes_before_its_turn_is_read_and_not_told(folder: Path) -> None:
    for name in "abcd":
        (folder / name).write_bytes(TEXT)
    job = Job(folder)
    job.look()
    append(folder / "a", b"x\n")
    replace(folder / "b", b"other\n")
    assert job.look() == [], "waiting, and looked at"
    append(folder / "a", b"y\n")
    replace(folder / "c", b"third\n")
    assert job.read() == [*EVENTS, "x", "y", "other", "third", *EVENTS]
    assert (job.look(), job.read()) == ([], [])
    append(folder / "b", b"later\n")
    assert job.look() == ["b/.has-grown-since"]
    assert job.read() == [grown(folder / "b", 6, 12)]


def check_finder_and_order_know_the_same_after_they_are_shipped(folder: Path) -> None:
    """They go from the client to Flink as bytes."""
    from pyflink.datastream import StreamExecutionEnvironment

    from flink_job.connectors.urls import file_source
    from flink_job.settings.settings import Settings

    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    job.ship(file_source(StreamExecutionEnvironment.get_execution_environment(), folder, Settings()).get_java_function())
    assert job.look() == ["f"]
    append(folder / "f")
    assert job.look() == [], "it waits, says the order to the finder"
    assert job.read() == 2 * EVENTS
    append(folder / "f", b"x\n")
    assert (job.look(), job.read()) == (["f/.has-grown-since"], [grown(folder / "f", 2 * SIZE, 2 * SIZE + 2)])


def check_what_is_cut_before_its_turn_is_told(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    job.look()
    os.truncate(folder / "f", len(EVENTS[0]) + 1)
    job.look()
    told, *found = job.read()
    assert told == f"{NOTICE}{folder}/f has {len(EVENTS[0]) + 1} bytes and had {SIZE} when it was found: the rest is missing"
    assert found == EVENTS[:1]


def check_what_the_reader_has_read_is_not_told_though_it_grew_meanwhile(folder: Path) -> None:
    """The reader is at work when the file grows, and reads to the end that it then has."""
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    job.look()
    reader = job.opened(job.order.getNext(None).get())
    append(folder / "f")
    assert job.look() == []
    assert rest(reader) == 2 * EVENTS
    assert job.read() == []
    assert (job.look(), job.read()) == ([], [])
    append(folder / "f", b"x\n")
    assert (job.look(), job.read()) == (["f/.has-grown-since"], [grown(folder / "f", 2 * SIZE, 2 * SIZE + 2)])


def check_what_is_written_between_the_readers_end_and_its_next_question_is_told(folder: Path) -> None:
    for name in "ab":
        (folder / name).write_bytes(TEXT)
    job = Job(folder)
    job.look()
    first = job.opened(job.order.getNext(None).get())
    assert rest(first) == EVENTS
    append(folder / "a")
    assert job.read() == [*EVENTS, grown(folder / "a", SIZE, 2 * SIZE)]
    assert job.look() == []


def check_what_is_replaced_while_it_is_read_is_told(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    job.look()
    reader = job.opened(job.order.getNext(None).get())
    replace(folder / "f", b"other\n")
    job.look()
    assert rest(reader) == EVENTS
    assert job.read() == [replaced(folder / "f", SIZE, 6)]
    job.look()
    assert job.read() == [], "once"


def check_what_is_replaced_between_hand_out_and_opening_is_read(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    job.look()
    given = job.order.getNext(None).get()
    replace(folder / "f", TEXT + TEXT)
    assert rest(job.opened(given)) == 2 * EVENTS
    assert job.read() == []
    assert (job.look(), job.read()) == ([], [])


def check_a_packed_file_that_is_whole_now_is_not_told(folder: Path) -> None:
    whole = gzip.compress(TEXT) + gzip.compress(TEXT)
    (folder / "f").write_bytes(whole[: len(gzip.compress(TEXT))])
    job = Job(folder)
    job.look()
    given = job.order.getNext(None).get()
    (folder / "f").write_bytes(whole)
    assert rest(job.opened(given)) == 2 * EVENTS
    assert job.read() == []


def check_changes_are_told_after_a_failure_too(folder: Path) -> None:
    """`a` was read before the checkpoint, `b` after it: it comes back, and is read as it is then."""
    for name in "ab":
        (folder / name).write_bytes(TEXT)
    job = Job(folder)
    job.look()
    rest(job.opened(job.order.getNext(None).get()))
    saved = job.order.getNext(None).get()
    rest(job.opened(saved))
    job.order.getNext(None)
    append(folder / "a")
    replace(folder / "b", b"other\n")
    job.start([saved])
    job.look()
    assert job.read() == ["other", grown(folder / "a", SIZE, 2 * SIZE)]


def check_a_file_that_is_replaced_when_it_is_half_read_is_told_after_a_failure(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    job.look()
    job.order.getNext(None)
    replace(folder / "f", b"1\n2\n3\n4\n5\n")
    job.start([split(folder / "f", "in-order-0", size=SIZE, read=3)])
    assert job.read()[-1] == replaced(folder / "f", SIZE, 10)
    assert (job.look(), job.read()) == ([], [])


def check_what_was_written_between_stop_and_resume_is_told(folder: Path) -> None:
    """`old` and `read` were read, `begun` waits with a position, `held` is in the hands of the reader."""
    for name, modified_s in (("old", 50), ("read", 200), ("new", 200), ("begun", 200), ("held", 200)):
        (folder / name).write_bytes(TEXT)
        os.utime(folder / name, (modified_s, modified_s))
    job = Job(folder, read_before_ms=100_000)
    job.paths = {f"{folder}/{name}" for name in ("old", "read", "begun", "held")}
    job.start([split(folder / "begun", "in-order-4", size=20, read=3)])
    held = job.opened(split(folder / "held", "in-order-3", size=20, read=5))
    assert job.look() == [
        "held/.was-written-after-checkpoint",
        "new",
        "new/.was-written-after-checkpoint",
        "read/.was-written-after-checkpoint",
    ]
    assert rest(held) == EVENTS[5:]
    *found, told = job.read()
    assert found == EVENTS[3:] + EVENTS
    assert told.startswith(f"{NOTICE}{folder}/read was written to after the checkpoint that the job began with: what is written into")
    assert (job.look(), job.read()) == ([], [])
    append(folder / "held")
    assert (job.look(), job.read()) == (["held/.has-grown-since"], [grown(folder / "held", SIZE, 2 * SIZE)])


def check_changes_that_wait_in_a_savepoint_from_before_are_told(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT + TEXT)
    before = sources().FileSourceSplit("in-order-7", flink_path(folder / "f" / ".has-grown-since"), 0, SIZE, 0, 2 * SIZE)
    job = Job(folder)
    job.start([before])
    assert job.read() == [grown(folder / "f", SIZE, 2 * SIZE)]
    assert "after the checkpoint that" in lines(split(folder / "f" / ".has-grown-since", size=SIZE))[0]


def check_a_folder_inside_that_cannot_be_listed_is_told_once(folder: Path) -> None:
    (folder / "f").write_bytes(TEXT)
    job = Job(folder)
    with unlisted(folder / "closed"):
        assert job.look() == ["closed/.cannot-be-listed", "f"]
        assert job.read() == [f"{NOTICE}{folder}/closed cannot be listed: its files are not read; mend its rights", *EVENTS]
        assert job.look() == []


def check_a_notice_is_no_line_of_the_position(folder: Path) -> None:
    """Else a restart would skip an event."""
    (folder / "f").write_bytes(TEXT)
    reader = ours().Lines().createReader(java().org.apache.flink.configuration.Configuration(), split(folder / "f", size=999))
    assert reader.readBatch().next().getRecordSkipCount() == 0
    batch = reader.readBatch()
    assert [batch.next().getRecordSkipCount() for _ in EVENTS] == [1, 2, 3, 4, 5, 6, 7]
