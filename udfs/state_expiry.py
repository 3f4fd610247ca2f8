"""How keyed state is freed that event time has made worthless."""

from __future__ import annotations

from pyflink.common import Duration, Time
from pyflink.datastream.state import StateTtlConfig

_CLEAN_PER_ACCESS = 4  # entries of the heap backend looked at for expiry with each access
_REQUERY_TIME = 1000  # entries the RocksDB compaction passes before it asks the clock again


def expiry(after_ms: int) -> StateTtlConfig:
    """Frees what was not written for so long, by the machine's clock; the domain itself forgets by event time.

    The clean-up strategies are named, and the compaction's period is an empty Duration, because making the default one asks for a
    Py4J gateway, which hangs a standalone TaskManager in thread mode (FLINK-40628). Thread mode does not read the period.
    """
    return (
        StateTtlConfig.new_builder(Time.milliseconds(after_ms))
        .cleanup_incrementally(_CLEAN_PER_ACCESS, False)
        .cleanup_in_rocksdb_compact_filter(_REQUERY_TIME, Duration(None))
        .build()
    )
