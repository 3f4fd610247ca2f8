"""Actions put together from their settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ops.actions.courier import Courier
from ops.actions.lanes import ThreadLanes
from ops.actions.measured import FindMeasured
from ops.actions.sequel import Sequel
from ops.actions.settings import ActionSettings
from ops.actions.switch_watch import SwitchWatch, TakeEntry
from ops.actions.taking import ActionTaker
from ops.actions.targets import OpenStream, target_of
from ops.cases.store import Store
from ops.notify.settings import NotifySettings
from ops.notify.step_thread import StepThread
from ops.scoring.switch import AutoBlock

_IDLE_S = 0.2


@dataclass(frozen=True)
class SwitchSeen:
    """The switch auto_block: what the settings say and, where they have it on, what control records do."""

    by_settings: bool
    by_records: AutoBlock
    watch: SwitchWatch

    @property
    def is_on(self) -> bool:
        """Whether blocks may be sent, as far as it is known."""
        return self.by_settings and self.by_records.is_on

    @property
    def is_fresh(self) -> bool:
        """Whether it is known as of a moment ago."""
        return self.watch.is_fresh


class Actions:
    """What takes decisions, follows people's words and sends actions, from `start` until `stop`."""

    def __init__(self, taker: ActionTaker, sequel: Sequel, courier: Courier, watch: SwitchWatch) -> None:
        self.take, self.sequel, self.courier, self._watch = taker.take, sequel, courier, watch
        self._threads = [StepThread("actions' sequel", sequel.step), StepThread("actions' courier", courier.step, _IDLE_S)]

    def start(self) -> None:
        """Start to watch the switch, to follow and to send."""
        self._watch.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End what was begun, and no more."""
        for thread in self._threads:
            thread.begin_end()
        for thread in self._threads:
            thread.stop()
        self.courier.close()
        self._watch.stop()


def actions_of(
    settings: ActionSettings,
    network: NotifySettings,
    store: Store,
    origin: str,
    measured: FindMeasured,
    switch: AutoBlock,
    streams: Mapping[str, TakeEntry],
    redis: tuple[str, str],
    open_stream: OpenStream,
    clock: Callable[[], int],
) -> Actions:
    """Return actions, not yet started; raise `SettingError`. No server is asked.

    `network` says which hosts may be sent to; `streams` are those that move the switch, in the Redis whose
    address and prefix are `redis`.
    """
    watch = SwitchWatch(*redis, streams)
    seen = SwitchSeen(settings.auto_block, switch, watch)
    target = target_of(settings, network, origin, open_stream, clock)
    taker = ActionTaker(settings, measured, lambda: seen.is_on, clock)
    courier = Courier(store, target, origin, seen, clock, lanes=ThreadLanes())
    return Actions(taker, Sequel(store, settings, clock), courier, watch)
