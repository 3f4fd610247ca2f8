"""What the topology needs of Flink's Java objects, one typed function for each thing.

PyFlink 2.3 wraps most of Flink, but not all, and some of its wrappers put a Python operator where none is
needed. Its internals (`_j_data_stream`, `_j_tenv`, the Py4J gateway) are used here, and for Kafka in
`connectors.kafka_streams`.
"""

from __future__ import annotations

from typing import Any

from pyflink.common import Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import DataStream, DataStreamSink, KeyedStream, OutputTag, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes, StreamTableEnvironment, Table
from pyflink.table.types import _to_java_data_type

_NEVER_FILLED = "unsent"
_IDLE = "table.exec.source.idle-timeout"
"""Flink's name for how long a subtask without elements holds watermarks up, ours, too."""


BEHIND_MS = 50
"""Longest that an element waits for a buffer to fill behind the decisions and alerts."""


def parallelism_of(stream: DataStream) -> int:
    """Return how many subtasks the stream's operator has."""
    return int(stream._j_data_stream.getParallelism())


def environment_option(env: StreamExecutionEnvironment, name: str) -> str | None:
    """Return an option of the environment by Flink's name for it, None if it is not set."""
    value: str | None = env._j_stream_execution_environment.getConfiguration().toMap().get(name)
    return value


def keyed_row(key: TypeInformation, value: TypeInformation) -> TypeInformation:
    """Return the type of the elements that `keyed` and `keyed_in_chain` take."""
    return Types.ROW([key, value])


def keyed(stream: DataStream, key: TypeInformation, value: TypeInformation, selector: Any = None) -> KeyedStream:
    """Key a stream of `Row(key, value)` by its first field; the keyed function sees `value` alone.

    Or key it by what a Java `KeySelector` says, the row of a key.

    `DataStream.key_by` puts one more Python operator in front, which wraps each element (8-14 us). Here
    Flink's own Java selector takes the key.
    """
    return KeyedStream(stream._j_data_stream.keyBy(selector or _first_field(), _key_type(key)), value, stream)


def keyed_in_chain(stream: DataStream, key: TypeInformation, value: TypeInformation) -> KeyedStream:
    """Key a stream as `keyed` does, but without a shuffle: the keyed function is chained to the stream.

    That is right only where both have one subtask, to which every key belongs, or where the stream comes from
    an operator with the same keys and as many subtasks.
    """
    utils = get_gateway().jvm.org.apache.flink.streaming.api.datastream.DataStreamUtils
    return KeyedStream(utils.reinterpretAsKeyedStream(stream._j_data_stream, _first_field(), _key_type(key)), value, stream)


def never_filled(stream: DataStream, elements: TypeInformation) -> DataStream:
    """Return a side output of the stream's operator to which nothing is sent.

    Operators that are attached to it are chained to that operator and get its barriers and watermarks, but
    no element.
    """
    return DataStream(stream._j_data_stream.getSideOutput(OutputTag(_NEVER_FILLED, elements).get_java_output_tag()))


def with_event_time(stream: DataStream, assigner: Any, lag_ms: int, idle: str | None = None) -> DataStream:
    """Return the stream with the times that a Java `SerializableTimestampAssigner` says.

    Watermarks are `lag_ms` before the latest of them; a subtask without elements holds nobody up for longer
    than `idle`, as Flink writes a time, or else the environment's `_IDLE`; if that is 0, it does.
    """
    jvm = get_gateway().jvm
    duration = jvm.java.time.Duration
    idle = idle or environment_option(stream.get_execution_environment(), _IDLE) or "0"
    idle_time = jvm.org.apache.flink.util.TimeUtils.parseDuration(idle)
    strategy = jvm.org.apache.flink.api.common.eventtime.WatermarkStrategy.forBoundedOutOfOrderness(duration.ofMillis(lag_ms))
    strategy = strategy.withTimestampAssigner(assigner)
    if not idle_time.isZero():
        strategy = strategy.withIdleness(idle_time)
    return DataStream(stream._j_data_stream.assignTimestampsAndWatermarks(strategy))


def with_watermarks(stream: DataStream, assigner: Any, generator: Any) -> DataStream:
    """Return the stream with the times of a Java `SerializableTimestampAssigner`, and the watermarks of a
    Java `WatermarkGeneratorSupplier`.
    """
    strategy = get_gateway().jvm.org.apache.flink.api.common.eventtime.WatermarkStrategy.forGenerator(generator)
    return DataStream(stream._j_data_stream.assignTimestampsAndWatermarks(strategy.withTimestampAssigner(assigner)))


def silence_ms(env: StreamExecutionEnvironment) -> int:
    """Return after how many ms without elements a subtask holds no watermarks up, 0 if it always does."""
    idle = environment_option(env, _IDLE) or "0"
    return int(get_gateway().jvm.org.apache.flink.util.TimeUtils.parseDuration(idle).toMillis())


def partitioned(stream: DataStream, partitioner: Any) -> DataStream:
    """Return the stream with each element sent to the subtask that a Java object says.

    It is `KeySelector` and `Partitioner` in one. PyFlink's `partition_custom` adds Python operators.
    """
    return DataStream(stream._j_data_stream.partitionCustom(partitioner, partitioner))


def behind(stream: DataStream) -> DataStream:
    """Return the stream, whose elements no decision waits for: its buffers may fill for longer.

    Each of a task's outputs has a thread that looks after its buffers whenever they have waited long enough.
    """
    return stream.set_buffer_timeout(BEHIND_MS)


def transformed(stream: DataStream, name: str, elements: TypeInformation, operator: Any) -> DataStream:
    """Return what a Java operator makes of the stream."""
    return DataStream(stream._j_data_stream.transform(name, elements.get_java_type_info(), operator))


def flat_mapped(stream: DataStream, elements: TypeInformation, function: Any) -> DataStream:
    """Return what a Java `FlatMapFunction` makes of the stream."""
    return DataStream(stream._j_data_stream.flatMap(function, elements.get_java_type_info()))


def text_stream(tables: StreamTableEnvironment, table: Table) -> DataStream:
    """Return a table of one text column as a stream of plain strings, without Python in between."""
    return DataStream(tables._j_tenv.toDataStream(table._j_table, _to_java_data_type(DataTypes.STRING())))


def printed(stream: DataStream) -> DataStreamSink:
    """Print a stream of strings, also one of the Table API.

    PyFlink's own `print` has a Python operator that refuses the Table API's text type.
    """
    return DataStreamSink(stream._j_data_stream.print())


def _first_field() -> Any:
    """Return Flink's selector of a row's first field."""
    return get_gateway().jvm.KeyByKeySelector()


def _key_type(key: TypeInformation) -> Any:
    return Types.ROW([key]).get_java_type_info()
