"""Notifications put together from their settings."""

from __future__ import annotations

from collections.abc import Callable

from ops.cases.store import Store
from ops.notify.channels.opened import Opening, brake_of, open_channels
from ops.notify.delivery import LEASE_MS, Delivery
from ops.notify.fan_out import FanOut
from ops.notify.notifier import Notifier
from ops.notify.render import Picture, Renderer
from ops.notify.routes import Routes
from ops.notify.settings import NotifySettings


def notifier_of(
    settings: NotifySettings, store: Store, origin: str, picture: Picture, clock: Callable[[], int], lease_ms: int = LEASE_MS
) -> Notifier:
    """Return what tells, not yet started; raise `SettingError`. No channel is called."""
    channels = open_channels(Opening(settings, origin, clock))
    traits = {name: channel.traits for name, channel in channels.items()}
    quiet = [name for name, its in traits.items() if not (its.is_machine or its.is_pager)]
    renderer = Renderer(origin, picture, settings.expire_h)
    deliveries = [
        Delivery(store, name, channel, brake_of(settings, name, channel.traits), renderer, clock, settings.give_up_h, lease_ms)
        for name, channel in channels.items()
    ]
    fan_out = FanOut(traits, Routes(settings, quiet), settings.escalation.channels)
    return Notifier(store, fan_out, deliveries, settings.escalation, clock, settings.give_up_h)
