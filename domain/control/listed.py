"""The entities of a list: one as a pseudonym or raw, or many in a file. Raw ones are hashed at once."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.errors import SettingError
from domain.events.event import MAX_TEXT, Rejected
from domain.events.identity import NoIdentifier, Pseudonyms, as_text
from domain.graph import ENTITY_FIELDS
from domain.rules.names import RuleNames, nearest
from domain.unpacked import unpacked

MAX_ENTRIES = 1_000_000
_MAX_PATH = 512
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)
_SIGN = {"ip": re.compile("[.:]"), "email": re.compile("@")}
"""What is in each identifier of a kind."""
_HASH = re.compile(r"[\w+/=-]{16,}", re.ASCII)
_PATH = re.compile(
    r"(?:~|\.{1,2}|/(?:etc|home|tmp|var|opt|usr|srv|mnt|media|root|dev|proc|data))/.+|[^:]*\.(?:txt|csv|tsv|jsonl?|ya?ml|gz|bz2)", re.ASCII
)
"""What is plainly the path of a file. An identifier in Base64 may begin with a slash, too."""
_BOM = b"\xef\xbb\xbf"
_MAX_LINE = 1024  # bytes of a line with its end; the longest identifier is shorter
_MAX_FILE = 256 * 1024 * 1024  # bytes of a file, packed or not
_TOO_LARGE = f"a list's file has at most {_MAX_FILE:,} bytes, packed or not"
_LOOK = 4096  # lines between two looks at whether the task was cancelled


class ListedEntity(NamedTuple):
    """The entity of a record, or the kind of those in its file."""

    kind: str
    pseudonym: int | None

    @property
    def text(self) -> str:
        """Return `kind:pseudonym`."""
        return f"{self.kind}:{as_text(self.pseudonym or 0)}"


class ListFile(NamedTuple):
    """What a list's file holds."""

    keys: NDArray[np.uint64]
    """Pseudonyms in rising order, each once."""
    digest: str
    """Of the pseudonyms: two files with the same entities have the same."""


def listed_entity(document: Mapping[str, Any], names: RuleNames, pseudonyms: Pseudonyms) -> ListedEntity:
    """Return what an active list record names; raise `Rejected` unless it is one entity or one file."""
    given = [name for name in ("entity", "raw", "file") if document.get(name) is not None]
    if len(given) != 1:
        raise Rejected("entity", 'exactly one of entity ("device:9c41aa00bb11cc22"), raw ("device:4f2a") and file is wanted')
    if given == ["file"]:
        return ListedEntity(_of_file(document, names), None)
    for name in ("kind", "pseudonyms"):
        if document.get(name) is not None:
            raise Rejected(name, "only a list with a file has it; one entity is written kind:value")
    text = document[given[0]]
    kind, colon, value = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon or not value:
        raise Rejected(given[0], f"kind:value is wanted, such as device:{'9c41aa00bb11cc22' if given == ['entity'] else '4f2a'}")
    _known_kind(kind, names, given[0])
    if given == ["raw"] and _PATH.fullmatch(value):
        raise Rejected("raw", "this is a path; a file of entities is named by file, with kind")
    if given == ["raw"]:
        return ListedEntity(kind, hashed(kind, value, pseudonyms, "raw"))
    if not _PSEUDONYM.fullmatch(value):
        raise Rejected("entity", "a pseudonym of 16 hexadecimal digits is wanted after the kind; an identifier goes into raw")
    return ListedEntity(kind, _of_hex(value))


def hashed(kind: str, value: str, pseudonyms: Pseudonyms, field: str) -> int:
    """Return the pseudonym of a raw identifier, which is not remembered; raise `Rejected` for nobody's."""
    if kind not in ENTITY_FIELDS:
        raise Rejected(field, f"a {kind} has no raw form; name it by its pseudonym")
    try:
        form = pseudonyms.form(kind)(value) if len(value) <= MAX_TEXT else ""
        if form and _may_be(kind, form):
            return pseudonyms.of_text(kind, form)
    except NoIdentifier:
        pass  # its text may quote the value
    except UnicodeEncodeError:
        pass
    raise Rejected(field, f"this is no known {kind}: no event could match; look at docs/events.md for what identifies a {kind}")


def _may_be(kind: str, form: str) -> bool:
    """Return whether a form has the sign of its kind, or is a hash: events may hold hashes."""
    sign = _SIGN.get(kind)
    return sign is None or bool(sign.search(form) or _HASH.fullmatch(form))


def read_list(path: Path, document: Mapping[str, Any], pseudonyms: Pseudonyms, on_wait: Callable[[], None] = lambda: None) -> ListFile:
    """Return the entities of a list's file; raise `Rejected` for a line that is none.

    Each line is a value or `kind:value`. `on_wait` is called now and then and may end the reading by
    raising.
    """
    kind, are_pseudonyms = str(document["kind"]), document.get("pseudonyms") is True
    try:
        with _regular(path) as whole, unpacked(whole, path) as file:
            keys = np.fromiter(_keys(file, kind, are_pseudonyms, pseudonyms, on_wait), np.uint64)
    except FileNotFoundError:
        raise Rejected("file", "there is no such file where the job runs; relative paths begin where it was started") from None
    except OSError as error:
        raise Rejected("file", f"it cannot be read: {error.strerror or type(error).__name__}") from None
    except SettingError as error:
        raise Rejected("file", str(error)) from None
    if not len(keys):
        raise Rejected("file", "it holds no entity; to empty a list send its record with state deleted")
    keys = np.unique(keys)
    return ListFile(keys, hashlib.blake2b(keys.tobytes(), digest_size=16).hexdigest())


def _regular(path: Path) -> IO[bytes]:
    """Open a file of the disk. A pipe or a device has no end, and opening a pipe waits for its writer."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            raise Rejected("file", "a file of lines is wanted, not a folder, pipe or device")
        if found.st_size > _MAX_FILE:
            raise Rejected("file", f"{found.st_size:,} bytes are too many; {_TOO_LARGE}")
        return os.fdopen(opened, "rb")
    except BaseException:
        os.close(opened)
        raise


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines one by one, each and all together within bounds: an archive may unpack without end."""
    number, size = 0, 0
    while line := file.readline(_MAX_LINE + 1):
        number, size = number + 1, size + len(line)
        if len(line) > _MAX_LINE:
            raise Rejected("file", f"line {number:,} has more than {_MAX_LINE:,} bytes; write one value a line")
        if size > _MAX_FILE:
            raise Rejected("file", f"what it packs is too long; {_TOO_LARGE}")
        yield line


def _keys(file: IO[bytes], kind: str, are_pseudonyms: bool, pseudonyms: Pseudonyms, on_wait: Callable[[], None]) -> Iterator[int]:
    prefix, found = f"{kind}:", 0
    for number, line in enumerate(_lines(file), 1):
        if number % _LOOK == 0:
            on_wait()
        text = _text(line, number).strip()
        if not text:
            continue
        found += 1
        if found > MAX_ENTRIES:
            raise Rejected("file", f"more than {MAX_ENTRIES:,} entries; that is the most that all lists may hold")
        value = text.removeprefix(prefix)
        if are_pseudonyms:
            if not _PSEUDONYM.fullmatch(value):
                raise Rejected("file", f"line {number:,} is no pseudonym of 16 hexadecimal digits; leave out pseudonyms for raw values")
            yield _of_hex(value)
        else:
            yield _hashed_line(kind, value, pseudonyms, number)


def _hashed_line(kind: str, value: str, pseudonyms: Pseudonyms, number: int) -> int:
    try:
        return hashed(kind, value, pseudonyms, "file")
    except Rejected:
        raise Rejected("file", f"line {number:,} is no known {kind}: no event could match; take it out") from None


def _text(line: bytes, number: int) -> str:
    try:
        return (line.removeprefix(_BOM) if number == 1 else line).decode()
    except UnicodeDecodeError:
        raise Rejected("file", f"line {number:,} is not UTF-8; write one value a line") from None


def _of_file(document: Mapping[str, Any], names: RuleNames) -> str:
    path, kind = document["file"], document.get("kind")
    if not isinstance(path, str) or not 1 <= len(path) <= _MAX_PATH or not path.isprintable():
        raise Rejected("file", f"the path of a file is wanted, 1 to {_MAX_PATH} printable characters")
    if not isinstance(document.get("pseudonyms", False), bool):
        raise Rejected("pseudonyms", "true or false is wanted: whether the file's lines are pseudonyms")
    if not isinstance(kind, str):
        raise Rejected("kind", f"the kind of the file's entities is wanted, one of {', '.join(names.kinds)}")
    _known_kind(kind, names, "kind")
    if kind not in ENTITY_FIELDS and document.get("pseudonyms") is not True:
        raise Rejected("kind", f"a {kind} has no raw form; give pseudonyms")
    return kind


def _known_kind(kind: str, names: RuleNames, field: str) -> None:
    if kind not in names.kinds:
        near = nearest(kind, names.kinds)
        mend = f"did you mean {near}?" if near else f"one of {', '.join(names.kinds)} is wanted"
        raise Rejected(field, f"no kind of entity that the job keeps; {mend}")


def _of_hex(text: str) -> int:
    """Return a pseudonym; 0 means nobody and is refused."""
    found = int(text, 16)
    if not found:
        raise Rejected("entity", "0000000000000000 is nobody's pseudonym")
    return found
