"""Streams keyed without a Python key selector.

`DataStream.key_by` puts one more Python operator in front, which wraps each element (8-14 us). An operator
that already yields `Row(key, value)` can be keyed by Flink's own Java selector. It is an internal of PyFlink
2.3: it stands only here.
"""

from __future__ import annotations

from pyflink.common import Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import DataStream, KeyedStream
from pyflink.java_gateway import get_gateway


def keyed_row(key: TypeInformation, value: TypeInformation) -> TypeInformation:
    """Type of the elements that `key_by_first` takes."""
    return Types.ROW([key, value])


def key_by_first(stream: DataStream, key: TypeInformation, value: TypeInformation, one_task: bool = False) -> KeyedStream:
    """The stream of `Row(key, value)` keyed by its first field; the keyed function sees `value` alone.

    `one_task`: with one subtask each the keyed function is chained to the stream instead of put behind a
    shuffle.
    """
    jvm, keys = get_gateway().jvm, Types.ROW([key]).get_java_type_info()
    if one_task:
        utils = jvm.org.apache.flink.streaming.api.datastream.DataStreamUtils
        return KeyedStream(utils.reinterpretAsKeyedStream(stream._j_data_stream, jvm.KeyByKeySelector(), keys), value, stream)
    return KeyedStream(stream._j_data_stream.keyBy(jvm.KeyByKeySelector(), keys), value, stream)
