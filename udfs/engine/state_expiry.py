"""How keyed state that event time has made worthless is freed."""

from __future__ import annotations

from pyflink.common import Duration, Time
from pyflink.datastream.state import StateTtlConfig

# entries of the heap backend looked at for expiry with each access: about two per event and stage
_CLEAN_PER_ACCESS = 1
_REQUERY_TIME = 1000  # entries the RocksDB compaction passes before it asks the clock again


def expiry(after_ms: int) -> StateTtlConfig:
    """Return the configuration that frees what was not written for `after_ms` by the machine's clock.

    The domain itself forgets by event time. A TaskManager in thread mode must never make a Duration, because
    that starts a Java of its own (FLINK-40628). So the period of the compaction is an empty one, which
    thread mode does not read. The default background strategies are switched off, because PyFlink builds
    them even where others are named; the named ones still work.
    """
    return (
        StateTtlConfig.new_builder(Time.milliseconds(after_ms))
        .cleanup_incrementally(_CLEAN_PER_ACCESS, False)
        .cleanup_in_rocksdb_compact_filter(_REQUERY_TIME, Duration(None))
        .disable_cleanup_in_background()
        .build()
    )
