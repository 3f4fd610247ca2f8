"""The desk: a shop under attack, the job, the service with its worker, and somebody who may sign in."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack

from rich.console import Console

from domain.errors import SettingError
from domain.simulator import LiveShop
from domain.times import now_ms
from flink_job.cluster.environment import check_java
from flink_job.cluster.local_run import run_job
from flink_job.commands.desk.demo_user import NAME, SECOND, add_demo_users, new_password
from flink_job.commands.desk.desk_folder import DeskFolder, desk_folder
from flink_job.commands.desk.desk_settings import desk_words, own_secrets
from flink_job.commands.desk.desk_watch import JOB, SERVICE, DeskWatch
from flink_job.commands.desk.errors import PartEndedError
from flink_job.commands.desk.frugal import give_back_memory, spare_memory
from flink_job.commands.desk.shop_feed import ShopFeed
from flink_job.commands.desk.signals import Signals, end_children
from flink_job.commands.desk.stages import Stages
from flink_job.commands.desk.web_process import WebProcess
from flink_job.commands.live_line import LiveLine
from flink_job.commands.options import settings_of
from flink_job.commands.serve_process import settings_words
from flink_job.commands.serve_web import opened_store
from ops.redis.embedded import EmbeddedRedis
from ops.redis.publisher import Publisher


def run_desk(args: argparse.Namespace, shop: LiveShop, port: int, console: Console) -> None:
    """Start everything, run until Ctrl-C, SIGTERM or SIGHUP, and end everything.

    Raises what a part of it ended with; the logs are kept then.
    """
    check_java()
    with Signals() as signals, desk_folder() as folder:
        try:
            _run(args, shop, port, console, folder, signals)
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
    console.print("the desk has ended, and nothing of it is left", highlight=False)


def _run(args: argparse.Namespace, shop: LiveShop, port: int, console: Console, folder: DeskFolder, signals: Signals) -> None:
    own_secrets()
    spare_memory()
    with ExitStack() as held:
        stages = Stages(console, held.enter_context(LiveLine(console)))
        stages.say("ringwatch desk: a shop under attack, the job, the service", "bold")
        stages.say(f"  logs are in {folder.logs}")
        stages.begin("Redis")
        redis = held.enter_context(EmbeddedRedis(log=folder.logs / "redis.log"))
        stages.done("Redis")
        args.set = [*args.set, *desk_words(folder.path, redis.url, port, shop.attacked_from)]
        settings = settings_of(args)
        stages.begin("the case store and its users")
        store, password = held.enter_context(opened_store(settings)), new_password()
        add_demo_users(store, password)
        stages.done("the case store and its users")
        stages.begin(SERVICE)
        web = held.enter_context(WebProcess(["serve", *settings_words(args)], port, folder.logs / "service.log"))
        stages.begin("the shop", "the shop's last hours")
        publisher = Publisher(redis.url, settings.redis.prefix, (f"{settings.redis.prefix}events",), on_wait=redis.check)
        held.callback(publisher.close)
        feed = ShopFeed(shop, publisher.send)
        feed.feed(now_ms())
        stages.done("the shop", f"{shop.hours} hours of the shop: {feed.events:,} events")
        stages.begin(JOB)
        watch = DeskWatch(stages, feed, store, (redis.check, web.check), lambda: web.ready_s, signals)
        watch.on_ready = lambda: _introduce(stages, settings.service.origin, password)
        run_job(settings, watch.look)


def _introduce(stages: Stages, address: str, password: str) -> None:
    give_back_memory()
    stages.say("")
    stages.say(f"  open      {address}/")
    stages.say(f"  sign in   {NAME}, password {password}")
    stages.say(f"            or {SECOND}, with the same one, to approve what {NAME} proposes")
    stages.say("")
    stages.say("  ready after " + f"{stages.seconds:.0f} s; Ctrl-C ends it and leaves nothing behind")


def _keep_logs(folder: DeskFolder) -> None:
    folder.keeps_logs = True
    print(f"the logs are kept in {folder.logs}", file=sys.stderr)
