"""A stream of Redis, in one key or several, as a source of the lake.

Its place is the id of the last entry of each key, as two numbers: the ms and the number within them. The
group `lake-TABLE` holds entries that are not archived, up to `redis.hard_max_length`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.control.signature import ControlKeys
from ops.lake.rows import Record
from ops.lake.sources import SourceAwayError
from ops.redis.entry import Entry
from ops.redis.placed_reader import START, AwayError, StreamReader
from ops.redis.signed_entries import SignedEntries
from ops.redis.trimmed import place_of

PAGE = 2_000
"""Entries of one reply: the server serves nobody else meanwhile, 2 ms."""


class RedisSource:
    """The entries of some keys under a prefix; with `keys` only those that the job has signed count."""

    def __init__(self, url: str, prefix: str, streams: Sequence[str], table: str, keys: ControlKeys | None = None) -> None:
        """Connect at the first call; `streams` are keys without the prefix."""
        self._reader = StreamReader(url, prefix, PAGE, 0.001, f"lake-{table}")
        self._signed = SignedEntries(keys, prefix)
        self._names = {stream: (f"redis:{prefix}{stream}#ms", f"redis:{prefix}{stream}#n") for stream in streams}
        self._at: dict[str, str] = {}
        self._read: dict[str, int] = {}

    def names(self) -> Sequence[str]:
        """Return the two names of each key's place."""
        return [name for pair in self._names.values() for name in pair]

    def begin(self, places: Mapping[str, int]) -> None:
        """Go to a place."""
        for stream, (ms, number) in self._names.items():
            after = f"{places[ms]}-{places.get(number, 0)}" if ms in places else START
            try:
                self._at[stream] = self._reader.begin(stream, after)
            except AwayError as error:
                raise SourceAwayError(str(error)) from None
        self._read = dict.fromkeys(self._names, 0)

    def read(self, most: int) -> list[Record] | None:
        """Return the next entries, up to so many of each key; None if there are none."""
        try:
            found = self._reader.read(self._at, min(most, PAGE))
        except AwayError as error:
            raise SourceAwayError(str(error)) from None
        for stream, entries in found.items():
            self._at[stream] = entries[-1].entry_id
            self._read[stream] += len(entries)
        return [_record(entry) for entries in found.values() for entry in self._signed.of(entries)] if found else None

    def places(self) -> Mapping[str, int]:
        """Return the place that `read` has reached."""
        return {name: number for stream, at in self._at.items() for name, number in zip(self._names[stream], place_of(at), strict=True)}

    def committed(self) -> None:
        """Let the group show it: the streams may lose what is archived."""
        for stream, count in self._read.items():
            if count:
                self._reader.note(stream, self._at[stream], count)
        self._read = dict.fromkeys(self._names, 0)

    def close(self) -> None:
        """End the connection."""
        self._reader.close()


def _record(entry: Entry) -> Record:
    """Return the text of an entry, in the field `json` or in its only one, as the job takes it."""
    fields = entry.fields
    text = fields.get("json") or (next(iter(fields.values())) if len(fields) == 1 else "")
    return Record(text, *place_of(entry.entry_id))
