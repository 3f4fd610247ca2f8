"""Sources and sinks by URL: `file:PATH`, `print:`."""

from __future__ import annotations

from pathlib import Path

from pyflink.common import Duration, Encoder, WatermarkStrategy
from pyflink.datastream import DataStream, DataStreamSink, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource, OutputFileConfig, RollingPolicy, StreamFormat

from domain.graph import SettingError
from flink_job.settings import JobSettings

LINE_CHARSET = "ISO-8859-1"  # one character per byte: the parser, not the reader, judges the encoding


def local_path(url: str, setting: str) -> Path:
    """The path of a `file:` URL."""
    scheme, colon, path = url.partition(":")
    if scheme != "file" or not colon or not path:
        raise SettingError(f"{setting}: {url!r} is not understood; write file:PATH")
    return Path(path.removeprefix("//")).resolve()


def read_lines(env: StreamExecutionEnvironment, job: JobSettings) -> DataStream:
    """The raw lines of all sources, in the order of each file."""
    if not job.sources:
        raise SettingError("job.sources is empty: name an event stream with --source file:PATH")
    streams = [_lines(env, url, job, "job.sources", f"events {index}", f"source-{index}") for index, url in enumerate(job.sources)]
    return streams[0].union(*streams[1:]) if len(streams) > 1 else streams[0]


def read_control(env: StreamExecutionEnvironment, job: JobSettings) -> DataStream | None:
    """The control records, None if there is no such stream."""
    if job.control is None:
        return None
    return _lines(env, job.control, job, "job.control", "control", "control")


def _lines(env: StreamExecutionEnvironment, url: str, job: JobSettings, setting: str, name: str, uid: str) -> DataStream:
    path = local_path(url, setting)
    if not path.exists():
        raise SettingError(f"{setting}: {path} does not exist")
    builder = FileSource.for_record_stream_format(StreamFormat.text_line_format(LINE_CHARSET), str(path))
    if not job.bounded:
        builder.monitor_continuously(Duration.of_millis(int(job.discover_s * 1000)))
    lines = env.from_source(builder.build(), WatermarkStrategy.no_watermarks(), name).uid(uid)
    return lines.set_parallelism(1)  # several readers of one history would deliver it out of order


def write_decisions(decisions: DataStream, job: JobSettings, restored: bool) -> None:
    """Send the decision documents where job.decisions says."""
    if job.decisions == "print:":
        # PyFlink's own `print` puts a Python operator in front that refuses the Table API's text type
        DataStreamSink(decisions._j_data_stream.print()).name("decisions").uid("decisions")
        return
    folder = local_path(job.decisions, "job.decisions")
    if not restored and folder.exists() and any(folder.iterdir()):
        raise SettingError(f"job.decisions: {folder} holds decisions already; name another folder, or go on with --resume or --from")
    sink = (
        FileSink.for_row_format(str(folder), Encoder.simple_string_encoder())
        .with_bucket_assigner(_flat())
        .with_rolling_policy(RollingPolicy.default_rolling_policy(rollover_interval=60_000, inactivity_interval=15_000))
        .with_output_file_config(OutputFileConfig.builder().with_part_prefix("decisions").with_part_suffix(".jsonl").build())
        .build()
    )
    decisions.sink_to(sink).name("decisions").uid("decisions")


def _flat():  # type: ignore[no-untyped-def]
    from pyflink.datastream.connectors.file_system import BucketAssigner

    return BucketAssigner.base_path_bucket_assigner()
