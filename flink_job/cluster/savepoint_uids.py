"""Which operators a savepoint holds, read from its `_metadata` without Flink.

Flink writes an operator's uid (two bytes of length, UTF-8) and, after it, the id that it makes of the uid:
the 128 bits of MurmurHash3. A text that is followed by its own hash is a uid, whatever is around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flink_job.cluster.murmur import murmur3_128

METADATA = "_metadata"
_LONGEST = 256
_SOURCE = r"(kafka-|redis-)?(source-\d+|control)"
_OUTPUT = r"(kafka-|redis-)?(decisions|enriched|flagged|rejected)"
_HEALTH = r"health|health-texts|health-news(-\w+)?|judge-labels"
KNOWN = re.compile(
    rf"{_SOURCE}|(Sink Committer: )?{_OUTPUT}|format-\d+|(stage|order)-\w+(-[0-9a-f]+)?|parse|parse-\w+|side-[\w-]+|[\w-]+-in-one-place"
    r"|\d+_[a-z-]+"  # of the table planner
    r"|admit-models|control-records|deliver-(alerts|applied|incidents|overflow|rejected)|raise-alerts|own-prefix"
    r"|rings|incidents|reviews|summaries|waves|count-crowds|event-time(-\w+)?|(\w+-)?(turns|gathered|visits)"
    rf"|{_HEALTH}|raw-lines|raw-join|enriched-by-event"
)
"""The uids of this version. Those of the version before are among them: its savepoints are read."""
POSITION = re.compile(rf"{_SOURCE}|{_OUTPUT}")
"""Uids that follow from the settings of sources and outputs."""


def operator_uids(folder: Path) -> list[str]:
    """Return the uids of a savepoint's operators, in its order."""
    return list(_uids((folder / METADATA).read_bytes()))


def unknown_uids(uids: list[str]) -> list[str]:
    """Return those that no operator of this version has."""
    return [uid for uid in uids if not KNOWN.fullmatch(uid)]


def _uids(metadata: bytes) -> Iterator[str]:
    at = 0
    while at < len(metadata) - 2:
        begin = at + 2
        end = begin + int.from_bytes(metadata[at:begin], "big")
        if begin < end <= min(begin + _LONGEST, len(metadata) - 16) and murmur3_128(metadata[begin:end]) == metadata[end : end + 16]:
            yield metadata[begin:end].decode()
            at = end + 16
        else:
            at += 1
