"""The uids of a savepoint, found by their own hashes; the table of this version's is that of its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flink_job.cluster.murmur import murmur3_128
from flink_job.cluster.savepoint_uids import KNOWN, METADATA, operator_uids, unknown_uids
from tests import ROOT
from tests.support.frozen_savepoint import unpacked

STAGES = {"stage-account", "stage-device", "stage-address", "stage-ip"}


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        # of an empty text, and as the reference implementation has them
        ("", "00000000000000000000000000000000"),
        ("parse", "a0bcbe636c3291fd3f45c25deb2b0823"),
        ("source-0", "30198ea1e33432d6307d761dd131f28a"),
        ("Sink Committer: decisions", "7dc4d485a6c1fcfcc075b00a95960194"),
    ],
)
def test_the_hash_is_the_one_that_flink_wrote(text: str, digest: str) -> None:
    assert murmur3_128(text.encode()).hex() == digest


def test_the_uids_of_a_savepoint(tmp_path: Path) -> None:
    uids = operator_uids(unpacked(tmp_path))
    assert len(uids) == len(set(uids)) == 28
    assert {"parse", "source-0", "incidents", "summaries", "deliver-alerts", *STAGES} <= set(uids)
    assert unknown_uids(uids) == []


def test_a_name_alone_is_no_uid(tmp_path: Path) -> None:
    uid = b"stage-moon"
    named = len(uid).to_bytes(2, "big") + uid
    (tmp_path / METADATA).write_bytes(named + b"\0" * 16 + b"noise" + named + murmur3_128(uid) + named)
    assert operator_uids(tmp_path) == ["stage-moon"]
    assert unknown_uids(["count-sheep", "parse", "stage-moon", "7_calc"]) == ["count-sheep"]


def test_every_uid_of_the_code_is_known() -> None:
    """A uid that is handed on in a variable is a text of its caller, and one of several words has a dash."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "flink_job").rglob("*.py") if "bench" not in path.parts]
    given = {uid for text in texts for uid in re.findall(r"""\.uid\(f?"([^"]+)"\)""", text)}
    handed = {uid for text in texts for uid in re.findall(r"""(?:_as_parser|_parted| timed)\(.*?"([a-z-]+)"[,)]""", text)}
    found = {uid.replace("{index}", "0").replace("{name}", "decisions") for uid in given | handed}
    assert len(given) > 25 and {"health-news-worker", "event-time-judged", "parse-lines"} <= found
    assert [uid for uid in found if not KNOWN.fullmatch(re.sub(r"\{[^}]*\}", "ring", uid))] == []
