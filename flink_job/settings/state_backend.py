"""Flink's options for where keyed state is: on the heap of the TaskManagers, or in RocksDB on their disks.

RocksDB and its library come with Flink itself (`flink-dist`): no jar is fetched for it.
"""

from __future__ import annotations

HEAP, ROCKSDB = "heap", "rocksdb"
BACKENDS = (HEAP, ROCKSDB)

_OPTIONS = {
    HEAP: {"state.backend.type": "hashmap"},
    ROCKSDB: {
        "state.backend.type": "rocksdb",
        # A checkpoint writes what has changed since the one before, not all of the state.
        "execution.checkpointing.incremental": "true",
        # Many entities of a shop are new: the filter says that a key is in none of the files, unread.
        "state.backend.rocksdb.use-bloom-filter": "true",
    },
}


def state_options(backend: str) -> dict[str, str]:
    """Return the options of a backend, one of `BACKENDS`; each job may have its own."""
    return dict(_OPTIONS[backend])
