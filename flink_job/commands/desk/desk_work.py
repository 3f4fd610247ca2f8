"""What a desk does while Java starts, and then: case store, service, shop, and the job that decides on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from domain.simulator import LiveShop
from domain.times import now_ms
from flink_job.cluster.local_run import run_job
from flink_job.commands.desk.demo_user import NAME, SECOND, add_demo_users, new_password
from flink_job.commands.desk.desk_watch import DeskWatch
from flink_job.commands.desk.frugal import give_back_memory
from flink_job.commands.desk.shop_feed import ShopFeed
from flink_job.commands.desk.signals import Signals
from flink_job.commands.desk.stages import SERVICE, Stages
from flink_job.commands.desk.web_process import WebProcess
from flink_job.commands.opened_store import opened_store
from flink_job.settings.settings import Settings
from ops.cases.store import Store
from ops.redis.embedded import EmbeddedRedis
from ops.redis.publisher import Publisher

STORE = "the case store and its users"


@dataclass(frozen=True)
class DeskWork:
    """The parts of a desk that come after its Redis, as long as a stack of contexts lasts."""

    settings: Settings
    words: Sequence[str]
    """The words that give the service these settings."""
    shop: LiveShop
    logs: Path
    stages: Stages
    signals: Signals

    def run(self, held: ExitStack, redis: EmbeddedRedis) -> None:
        """Start everything, and run the job until it is interrupted."""
        password = new_password()
        store = self._store(held, password)
        feed = self._feed(held, redis)
        web = self._service(held)
        watch = DeskWatch(self.stages, feed, store, (redis.check, web.check), lambda: web.ready_s, self.signals)
        watch.on_ready = lambda: self._introduce(password)
        run_job(self.settings, watch.look)

    def _store(self, held: ExitStack, password: str) -> Store:
        self.stages.begin(STORE)
        store = held.enter_context(opened_store(self.settings))
        add_demo_users(store, password)
        self.stages.done(STORE)
        return store

    def _feed(self, held: ExitStack, redis: EmbeddedRedis) -> ShopFeed:
        self.stages.begin("the shop", "the shop's last hours")
        prefix = self.settings.redis.prefix
        publisher = Publisher(redis.url, prefix, (f"{prefix}events",), on_wait=redis.check)
        held.callback(publisher.close)
        feed = ShopFeed(self.shop, publisher.send)
        feed.feed(now_ms())
        self.stages.done("the shop", f"{self.shop.hours} hours of the shop: {feed.events:,} events")
        return feed

    def _service(self, held: ExitStack) -> WebProcess:
        self.stages.begin(SERVICE)
        return held.enter_context(WebProcess(["serve", *self.words], self.settings.service.port, self.logs / "service.log"))

    def _introduce(self, password: str) -> None:
        give_back_memory()
        self.stages.say("")
        self.stages.say(f"  open      {self.settings.service.origin}/")
        self.stages.say(f"  sign in   {NAME}, password {password}")
        self.stages.say(f"            or {SECOND}, with the same one, to approve what {NAME} proposes")
        self.stages.say("")
        self.stages.say("  ready after " + f"{self.stages.seconds:.0f} s; Ctrl-C ends it and leaves nothing behind")
