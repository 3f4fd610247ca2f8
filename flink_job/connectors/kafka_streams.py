"""Kafka topics as streams, and streams into Kafka topics.

PyFlink's wrapper knows no record key, no null values and no transaction naming, so this module uses Flink's
Java classes through the gateway. Only this module uses the connector's internals (flink-connector-kafka
5.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyflink.common import WatermarkStrategy
from pyflink.datastream import DataStream, DataStreamSink, StreamExecutionEnvironment
from pyflink.datastream.connectors import Source
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes, StreamTableEnvironment
from pyflink.table.expressions import col
from pyflink.table.types import _to_java_data_type
from pyflink.util.java_utils import load_java_class, to_jarray

from flink_job.connectors.java_classes import java_classes
from flink_job.settings.kafka_settings import AT_LEAST_ONCE, EXACTLY_ONCE, GROUP, LATEST, KafkaSettings
from flink_job.settings.kafka_url import KafkaTopic

_CONNECTOR = "org.apache.flink.connector.kafka"
_READING = {
    "isolation.level": "read_committed",
    "commit.offsets.on.checkpoint": "true",
    # A reader takes one partition's chunk after the other: large chunks mix the partitions' events further
    # apart in time.
    "max.partition.fetch.bytes": "65536",
}


def read_topic(env: StreamExecutionEnvironment, topic: KafkaTopic, kafka: KafkaSettings, bounded: bool, name: str) -> DataStream:
    """Return the values of a topic as ISO 8859-1 text, one character per byte; None for no value."""
    initializer = get_gateway().jvm.org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer
    builder = get_gateway().jvm.org.apache.flink.connector.kafka.source.KafkaSource.builder()
    builder.setBootstrapServers(topic.brokers).setTopics(to_jarray(get_gateway().jvm.String, [topic.name]))
    builder.setProperties(_properties({**_READING, **kafka.client_properties()}))
    builder.setGroupId(kafka.group).setClientIdPrefix(f"{kafka.group}-{name.replace(' ', '-')}")
    ours = java_classes(env, "kafka")
    builder.setStartingOffsets(_start(ours, initializer, topic, kafka)).setDeserializer(_one_character_per_byte())
    if bounded:
        builder.setBounded(initializer.latest())
    lines = env.from_source(Source(ours.PositionedSource(builder.build())), WatermarkStrategy.no_watermarks(), name)
    return lines.set_parallelism(kafka.readers)


def _start(ours: Any, initializer: Any, topic: KafkaTopic, kafka: KafkaSettings) -> Any:
    """Return where a job without a checkpoint begins, also when it starts again before its first one.

    So `latest` is the end at this moment: asked for at each start it would skip what came before a failure.
    """
    if kafka.start == LATEST:
        asking = {"bootstrap.servers": topic.brokers, "group.id": kafka.group, **kafka.client_properties()}
        return ours.StartingOffsets(ours.Broker.ends(_properties(asking), topic.name))
    moment = kafka.start_ms()
    if moment is not None:
        return ours.StartingOffsets(initializer.timestamp(moment))
    return ours.StartingOffsets(initializer.committedOffsets() if kafka.start == GROUP else initializer.earliest())


def _one_character_per_byte() -> Any:
    """Return Kafka's own StringDeserializer: Flink's SimpleStringSchema fails on a null value."""
    charset = get_gateway().jvm.java.util.HashMap()
    charset.put("value.deserializer.encoding", "ISO-8859-1")
    schema = load_java_class(f"{_CONNECTOR}.source.reader.deserializer.KafkaRecordDeserializationSchema")
    string = load_java_class("org.apache.kafka.common.serialization.StringDeserializer")
    jvm = get_gateway().jvm
    kinds = to_jarray(jvm.Class, [load_java_class("java.lang.Class"), load_java_class("java.util.Map")])
    return schema.getMethod("valueOnly", kinds).invoke(None, to_jarray(jvm.Object, [string, charset]))


def write_keyed(documents: DataStream, topic: KafkaTopic, kafka: KafkaSettings, checkpoint_interval_s: float, name: str) -> DataStreamSink:
    """Write documents of decisions, each under its account's pseudonym as the record key.

    So an account keeps to one partition.
    """
    tables = StreamTableEnvironment.create(StreamExecutionEnvironment(documents._j_data_stream.getExecutionEnvironment()))
    text = tables.from_data_stream(documents).alias("document")
    document = col("document")
    # a repeat must be equal; the record's own timestamp says when it was written
    if kafka.guarantee == AT_LEAST_ONCE:
        document = document.regexp_replace(',"decided_at":[0-9]+', "")
    keyed = text.select(col("document").json_value("$.entities.account").alias("account"), document.alias("document"))
    row = DataTypes.ROW([DataTypes.FIELD("account", DataTypes.STRING()), DataTypes.FIELD("document", DataTypes.STRING())])
    internal = _to_java_data_type(row).bridgedTo(load_java_class("org.apache.flink.table.data.RowData"))
    rows = tables._j_tenv.toDataStream(keyed._j_table, internal)
    return _sink_to(rows, topic, kafka, checkpoint_interval_s, name, _key_and_value(topic, row))


def write_plain(documents: DataStream, topic: KafkaTopic, kafka: KafkaSettings, checkpoint_interval_s: float, name: str) -> DataStreamSink:
    """Write documents without a key."""
    schema = get_gateway().jvm.org.apache.flink.api.common.serialization.SimpleStringSchema()
    builder = get_gateway().jvm.org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema.builder()
    serializer = builder.setTopic(topic.name).setValueSerializationSchema(schema).build()
    return _sink_to(documents._j_data_stream, topic, kafka, checkpoint_interval_s, name, serializer)


def _sink_to(
    stream: Any, topic: KafkaTopic, kafka: KafkaSettings, checkpoint_interval_s: float, name: str, serializer: Any
) -> DataStreamSink:
    jvm = get_gateway().jvm
    guarantee = jvm.org.apache.flink.connector.base.DeliveryGuarantee
    properties = kafka.client_properties()
    builder = jvm.org.apache.flink.connector.kafka.sink.KafkaSink.builder()
    if kafka.guarantee == EXACTLY_ONCE:
        properties["transaction.timeout.ms"] = str(kafka.transaction_timeout_ms(checkpoint_interval_s))
        builder.setDeliveryGuarantee(guarantee.EXACTLY_ONCE).setTransactionalIdPrefix(f"{kafka.group}-{name}")
        # The default names a new transactional id at every checkpoint, and the broker remembers each for a
        # week.
        builder.setTransactionNamingStrategy(jvm.org.apache.flink.connector.kafka.sink.TransactionNamingStrategy.POOLING)
    else:
        builder.setDeliveryGuarantee(guarantee.AT_LEAST_ONCE)
    builder.setKafkaProducerConfig(_properties(properties)).setBootstrapServers(topic.brokers).setRecordSerializer(serializer)
    return DataStreamSink(stream.sinkTo(builder.build())).name(name).uid(f"kafka-{name}")


def _key_and_value(topic: KafkaTopic, row: Any) -> Any:
    """Return the serializer of the Table API's Kafka sink: no public class takes a key out of a row."""
    jvm = get_gateway().jvm
    text = _to_java_data_type(DataTypes.STRING()).getLogicalType()
    getter = load_java_class("org.apache.flink.table.data.RowData$FieldGetter")
    getters = []
    for position in range(2):
        array = jvm.java.lang.reflect.Array.newInstance(getter, 1)
        array[0] = jvm.org.apache.flink.table.data.RowData.createFieldGetter(text, position)
        getters.append(array)
    raw = jvm.org.apache.flink.formats.raw.RawFormatSerializationSchema(text, "UTF-8", True)
    schema = load_java_class("org.apache.flink.streaming.connectors.kafka.table.DynamicKafkaRecordSerializationSchema")
    constructor = schema.getDeclaredConstructors()[0]
    constructor.setAccessible(True)
    topics = jvm.java.util.Collections.singletonList(topic.name)
    metadata = load_java_class("org.apache.flink.streaming.connectors.kafka.table.KafkaDynamicSink$WritableMetadata")
    no_metadata = to_jarray(jvm.int, [-1] * len(metadata.getEnumConstants()))
    return constructor.newInstance(to_jarray(jvm.Object, [topics, None, None, raw, raw, *getters, False, no_metadata, False]))


def _properties(options: Mapping[str, str]) -> Any:
    properties = get_gateway().jvm.java.util.Properties()
    for name, value in options.items():
        properties.setProperty(name, value)
    return properties
