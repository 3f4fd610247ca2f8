"""The whole job on an environment: `ringwatch run` starts it on a local Flink, `flink run` on a cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.connectors.redis_sink import own_prefix
from flink_job.connectors.urls import read_control, read_lines, write_output, write_rejected
from flink_job.java_streams import environment_option
from flink_job.settings.flink_options import RESTORE
from flink_job.settings.settings import Settings
from flink_job.topology import build

if TYPE_CHECKING:
    from pyflink.common import JobClient
    from pyflink.datastream import StreamExecutionEnvironment

NAME = "ringwatch"


def wire(env: StreamExecutionEnvironment, settings: Settings) -> None:
    """Put sources, operators and sinks together, ready to be executed."""
    settings = replace(settings, model=str(Path(settings.model).resolve()))  # workers run in other folders
    streams = build(env, read_lines(env, settings), settings, read_control(env, settings))
    restored = bool(environment_option(env, RESTORE))
    for setting, documents in streams.outputs.items():
        write_output(documents, setting, settings, restored)
    write_rejected(streams.rejected, settings)
    own_prefix(streams.delivered, settings)


def start(env: StreamExecutionEnvironment, settings: Settings) -> JobClient:
    """Start the job; it runs on when this returns."""
    wire(env, settings)
    return env.execute_async(NAME)
