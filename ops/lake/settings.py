"""Where the lake is, what goes into it, and how long it stays."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import SettingError
from ops.lake.table_names import FEATURES, TABLES

_S3 = re.compile(r"s3://[a-z0-9.-]{3,63}(/[A-Za-z0-9._=/-]*)?", re.ASCII)
S3 = "s3://"
LEAST_MEMORY_MB = 64


@dataclass(frozen=True)
class LakeSettings:
    """The lake of Delta tables, see docs/lake.md: what `ringwatch archive` writes and `query` reads."""

    url: str | None = None
    """Folder of the tables, or `s3://BUCKET/PREFIX`, whose credentials come from the environment as
    `AWS_ACCESS_KEY_ID` and the like; null: no lake.
    """
    in_worker: bool = False
    """True: the worker of `ringwatch serve` archives, too; no `ringwatch archive` is needed then."""
    tables: tuple[str, ...] = tuple(name for name in TABLES if name != FEATURES)
    """Tables that are written: `decisions`, `alerts`, `incidents`, `summaries`, `labels`, `verdicts`,
    `control`, `events` and `features`. Events and features come from `job.enriched`, features with
    `job.enriched_features` only.
    """
    labels: tuple[str, ...] | None = None
    """URLs of the streams whose labels are archived, `redis:NAME` or `kafka://BROKER/TOPIC`; null:
    `service.labels`, and those of `job.sources` that may carry labels.
    """
    commit_s: float = 30.0
    """Time between two commits of a table: the lake is behind by it. The smaller, the more files."""
    commit_rows: int = 100_000
    """Most entries of one commit; more of them are committed at once, one commit after the other."""
    metrics_port: int | None = None
    """Port of 127.0.0.1 at which `ringwatch archive`, or the worker with `in_worker`, serves the archiver's
    metrics; null: none.
    """
    maintain_h: float = 6.0
    """Hours between two runs of maintenance of an archiver that goes on: compaction, retention, vacuum. Until
    then each commit adds a file, and takes longer by it.
    """
    keep_days: int = 730
    """Days, by event time, after which rows leave the lake at a run of maintenance; 0: never."""
    vacuum_h: float = 168.0
    """Hours for which files stay that no table names any more: a query may still read them."""
    query_s: float = 60.0
    """Longest time of a query."""
    query_rows: int = 10_000
    """Most rows that a query returns."""
    query_memory_mb: int = 1024
    """Most memory of a query. Nothing is put on disk: what needs more fails."""

    def __post_init__(self) -> None:
        for name in self.tables:
            if name not in TABLES:
                raise SettingError(f"lake.tables: there is no table {name}; the tables are {', '.join(TABLES)}")
        self._check_url()
        if self.metrics_port is not None and not 1 <= self.metrics_port <= 65_535:
            raise SettingError("lake.metrics_port must lie between 1 and 65535, or be null")
        for name, least, most in (
            ("commit_s", 0.1, 3600), ("commit_rows", 100, 1_000_000), ("maintain_h", 0.1, 8784), ("keep_days", 0, 36_500),
            ("vacuum_h", 1, 8784), ("query_s", 0.1, 3600), ("query_rows", 1, 10_000_000), ("query_memory_mb", LEAST_MEMORY_MB, 1_000_000),
        ):  # fmt: skip
            if not least <= getattr(self, name) <= most:
                raise SettingError(f"lake.{name} must lie between {least} and {most}")

    def _check_url(self) -> None:
        if self.url is None:
            return
        if self.url.startswith(S3):
            if not _S3.fullmatch(self.url):
                raise SettingError("lake.url names no bucket; write s3://BUCKET/PREFIX, and credentials into the environment")
        elif "://" in self.url or not self.url:
            raise SettingError("lake.url must be a folder or s3://BUCKET/PREFIX")
