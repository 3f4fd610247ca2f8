"""What `flink run -py sql_job.py EVENTS PARALLELISM CHECKPOINTS SECONDS` starts: the state of the graph in
plain Flink SQL, all in the JVM.

Three windows over the 16 latest events of an account, a device and an address, each with their number, the
sum of their amounts and the neighbours: reading and parsing included, no scores. It imports nothing of ours,
so that nothing needs to be sent along.
"""

from __future__ import annotations

import sys

NEIGHBOURS = {"account_id": "device_fingerprint", "device_fingerprint": "account_id", "address": "account_id"}
"""What an entity's window collects, by the column of the entity."""
SOURCE = """
CREATE TABLE events (
    event_id STRING, event_type STRING, account_id STRING, device_fingerprint STRING, address STRING, amount DOUBLE,
    arrived AS PROCTIME()
) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'json')
"""


def main(path: str, parallelism: str, checkpoint_dir: str, interval_s: str) -> None:
    from pyflink.common import Configuration
    from pyflink.table import EnvironmentSettings, TableEnvironment

    options = {
        "parallelism.default": parallelism,
        "execution.checkpointing.interval": f"{interval_s} s",
        "execution.checkpointing.dir": checkpoint_dir,
    }
    configuration = Configuration()
    for name, value in options.items():
        configuration.set_string(name, value)
    settings = EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration)
    tables = TableEnvironment.create(settings.build())
    tables.execute_sql(SOURCE.format(path=path))
    tables.execute_sql(sink())
    tables.execute_sql(f"INSERT INTO results {query()}")


def query() -> str:
    """Return the query, one window inside the other: a streaming query takes one kind of window at a time."""
    inner, kept = "events", ["event_id", "account_id", "device_fingerprint", "address", "amount", "arrived"]
    for column, neighbour in NEIGHBOURS.items():
        name = column.partition("_")[0]
        window = f"PARTITION BY {column} ORDER BY arrived ROWS BETWEEN 15 PRECEDING AND CURRENT ROW"
        made = {f"{name}_events": "COUNT(*)", f"{name}_amount": "SUM(amount)", f"{name}_links": f"ARRAY_AGG({neighbour})"}
        columns = [*kept, *(f"{value} OVER w AS {made_column}" for made_column, value in made.items())]
        inner = f"(SELECT {', '.join(columns)} FROM {inner} WINDOW w AS ({window}))"  # noqa: S608 - all of it is written above
        kept += made
    return f"SELECT {', '.join(name for name in kept if name != 'arrived')} FROM {inner}"  # noqa: S608


def sink() -> str:
    plain = "event_id STRING, account_id STRING, device_fingerprint STRING, address STRING, amount DOUBLE"
    names = (column.partition("_")[0] for column in NEIGHBOURS)
    made = ", ".join(f"{name}_events BIGINT, {name}_amount DOUBLE, {name}_links ARRAY<STRING>" for name in names)
    return f"CREATE TABLE results ({plain}, {made}) WITH ('connector' = 'blackhole')"


if __name__ == "__main__":
    main(*sys.argv[1:])
