"""The desk: a shop under attack, the job, the service with its worker, and somebody who may sign in.

Java is started first, and what takes long to import comes after it: on two cores both are done at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psutil
from rich.console import Console

from domain.errors import SettingError
from flink_job.cluster.counts_folder import counts_folder
from flink_job.cluster.environment import check_java
from flink_job.cluster.java_start import JavaStart
from flink_job.commands.desk.desk_folder import DeskFolder, desk_folder
from flink_job.commands.desk.desk_settings import desk_words, own_secrets
from flink_job.commands.desk.errors import PartEndedError
from flink_job.commands.desk.frugal import be_frugal
from flink_job.commands.desk.signals import Signals, end_children
from flink_job.commands.desk.stages import JOB, Stages
from flink_job.commands.live_line import LiveLine
from flink_job.commands.options import settings_of
from flink_job.commands.serve_process import settings_words
from ops.redis.embedded import EmbeddedRedis

if TYPE_CHECKING:
    from domain.simulator import LiveShop


def run_desk(args: argparse.Namespace, shop: LiveShop, port: int, console: Console) -> None:
    """Start everything, run until Ctrl-C, SIGTERM or SIGHUP, and end everything.

    Raises what a part of it ended with; the logs are kept then.
    """
    check_java()
    java = JavaStart()
    with Signals() as signals, desk_folder() as folder:
        try:
            _run(args, shop, port, console, folder, signals, java)
        except PartEndedError as end:
            _keep_logs(folder)
            raise end.error from None
        except KeyboardInterrupt:
            pass
        except SettingError:
            raise
        except Exception:
            if not signals.ending:  # else a second signal has killed what the end wanted to ask
                _keep_logs(folder)
                raise
        finally:
            signals.ending = True
            end_children()
            java.wait()
            end_children()
    console.print("the desk has ended, and nothing of it is left", highlight=False)


def _run(
    args: argparse.Namespace, shop: LiveShop, port: int, console: Console, folder: DeskFolder, signals: Signals, java: JavaStart
) -> None:
    own_secrets()
    be_frugal()
    with ExitStack() as held:
        stages = Stages(console, held.enter_context(LiveLine(console)), time.time() - psutil.Process().create_time())
        stages.say("ringwatch desk: a shop under attack, the job, the service", "bold")
        stages.say(f"  logs are in {folder.logs}")
        stages.begin("Redis")
        redis = held.enter_context(EmbeddedRedis(log=folder.logs / "redis.log"))
        stages.done("Redis")
        args.set = [*args.set, *desk_words(folder.path, redis.url, port, shop.attacked_from)]
        settings = settings_of(args)
        stages.begin(JOB)
        held.enter_context(counts_folder())
        java.begin(settings)
        from flink_job.commands.desk.desk_work import DeskWork  # takes a second: Java starts meanwhile

        DeskWork(settings, settings_words(args), shop, folder.logs, stages, signals).run(held, redis)


def _keep_logs(folder: DeskFolder) -> None:
    folder.keeps_logs = True
    print(f"the logs are kept in {folder.logs}", file=sys.stderr)
