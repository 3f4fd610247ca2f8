"""Sources and sinks by URL: `file:PATH`, `redis:NAME`, `kafka://BROKER/TOPIC`, `print:`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors import Source
from pyflink.datastream.connectors.file_system import FileSink, OutputFileConfig, RollingPolicy
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import to_jarray

from domain.errors import SettingError
from domain.events.marks import mark_of
from flink_job.connectors.java_classes import java_classes
from flink_job.connectors.kafka_streams import read_topic, write_keyed, write_plain
from flink_job.connectors.label_sources import check_label_sources
from flink_job.connectors.local_files import check_folder, check_inputs, is_printed, local_path
from flink_job.connectors.output_stream import output_stream
from flink_job.connectors.redis_sink import write_to_redis
from flink_job.connectors.redis_sources import CONTROL, SOURCES, check_readers
from flink_job.connectors.redis_streams import read_stream
from flink_job.java_streams import parallelism_of, printed
from flink_job.settings.flink_options import restore_path
from flink_job.settings.kafka_url import is_kafka, kafka_topic
from flink_job.settings.redis_url import is_redis, redis_stream
from flink_job.settings.settings import Settings
from flink_job.settings.source_url import SourceUrl, source_url


def read_lines(env: StreamExecutionEnvironment, settings: Settings) -> DataStream:
    """Return the raw lines of all sources, in the order of each file or partition."""
    job = settings.job
    if settings.kafka.readers > 1 and not all(map(is_kafka, job.sources)):
        others = "redis:" if any(map(is_redis, job.sources)) else "file:"
        raise SettingError(f"kafka.readers must be 1 beside a {others} source: its lines would be spread and lose their order")
    check_inputs(job)
    check_label_sources(job)
    check_readers(settings)
    streams = [_records(env, source_url(url), settings, index) for index, url in enumerate(job.sources)]
    return streams[0].union(*streams[1:]) if len(streams) > 1 else streams[0]


def _records(env: StreamExecutionEnvironment, url: SourceUrl, settings: Settings, index: int) -> DataStream:
    """Return the records of a source, each marked with what the source's URL says of them."""
    lines = _lines(env, url.place, settings, SOURCES, f"events {index}", f"source-{index}")
    labels = settings.job.labels
    mark = mark_of(url.form, url.ignored, labels is not None and settings.job.sources[index] in labels)
    if not mark:
        return lines
    marked = lines._j_data_stream.map(java_classes(env).Marked(mark), Types.STRING().get_java_type_info())
    marked = marked.setParallelism(parallelism_of(lines)).name(f"{url.form} {index}").uid(f"format-{index}")
    return DataStream(marked)


def read_control(env: StreamExecutionEnvironment, settings: Settings) -> DataStream | None:
    """Return the control records, None if there is no such stream."""
    if settings.job.control is None:
        return None
    return _lines(env, settings.job.control, settings, CONTROL, "control", "control")


def _lines(env: StreamExecutionEnvironment, url: str, settings: Settings, setting: str, name: str, uid: str) -> DataStream:
    if is_kafka(url):
        # other uids than those of files: a job that has learnt from files may go on from Kafka, and the
        # other way round
        lines, uid = read_topic(env, kafka_topic(url, setting), settings.kafka, settings.job.bounded, name), f"kafka-{uid}"
    elif is_redis(url):
        lines, uid = read_stream(env, redis_stream(url, setting), settings, name, from_start=setting == CONTROL), f"redis-{uid}"
    else:
        lines = _file_lines(env, local_path(url, setting), settings, name)
    return lines.uid(uid)


def _file_lines(env: StreamExecutionEnvironment, path: Path, settings: Settings, name: str) -> DataStream:
    """Return the lines of a file, or of a folder's files one after the other in natural order."""
    lines = env.from_source(file_source(env, path, settings), WatermarkStrategy.no_watermarks(), name)
    return lines.set_parallelism(1)  # several readers of one history would deliver it out of order


def file_source(env: StreamExecutionEnvironment, path: Path, settings: Settings) -> Source:
    """Return the source of a file's or a folder's lines, for one reader."""
    jvm, ours = get_gateway().jvm, java_classes(env)
    root = jvm.org.apache.flink.core.fs.Path(jvm.java.io.File(str(path)).toURI())
    roots = to_jarray(jvm.org.apache.flink.core.fs.Path, [root])
    builder = jvm.org.apache.flink.connector.file.src.FileSource.forBulkFileFormat(ours.Lines(), roots)
    found = ours.FilesBelow.Provider(_restored_ms(settings))
    builder.setFileEnumerator(found).setSplitAssigner(found.order())
    if not settings.job.bounded:
        builder.monitorContinuously(jvm.java.time.Duration.ofMillis(int(settings.job.discover_s * 1000)))
    return Source(builder.build())


def _restored_ms(settings: Settings) -> int:
    """Return when (ms since 1970) the checkpoint that the job begins with was complete; 0 without one."""
    restored = restore_path(settings)
    return int((Path(unquote(urlsplit(restored).path)) / "_metadata").stat().st_mtime * 1000) if restored else 0


def write_rejected(rejected: DataStream, settings: Settings) -> None:
    """Send the rejected documents where job.rejected says, besides Redis."""
    if settings.job.rejected:
        topic = kafka_topic(settings.job.rejected, "job.rejected")
        write_plain(rejected, topic, settings.kafka, settings.job.checkpoint_interval_s, "rejected")


def write_output(documents: DataStream, setting: str, settings: Settings, restored: bool) -> None:
    """Send documents of decisions where a setting of `JobSettings.outputs` says, each once."""
    url, name = settings.job.outputs[setting], setting.removeprefix("job.")
    if is_kafka(url):
        write_keyed(documents, kafka_topic(url, setting), settings.kafka, settings.job.checkpoint_interval_s, name)
    elif is_redis(url):
        write_to_redis(documents, output_stream(setting, url), settings, name)
    elif is_printed(setting, url):
        printed(documents).name(name).uid(name)
    else:
        documents.sink_to(_folder_sink(check_folder(setting, url, restored), name)).name(name).uid(name)


def _folder_sink(folder: Path, name: str) -> FileSink:
    return (
        FileSink.for_row_format(str(folder), Encoder.simple_string_encoder())
        .with_bucket_assigner(_flat())
        # A file that lives longer stays hidden until after its last checkpoint, also when the job is stopped.
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .with_output_file_config(OutputFileConfig.builder().with_part_prefix(name).with_part_suffix(".jsonl").build())
        .build()
    )


def _flat():  # type: ignore[no-untyped-def]
    from pyflink.datastream.connectors.file_system import BucketAssigner

    return BucketAssigner.base_path_bucket_assigner()
