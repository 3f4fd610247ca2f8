"""`ringwatch notify`"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from flink_job.commands.actions import Action, action_parsers

if TYPE_CHECKING:
    from ops.notify.channels.opened import Opening

EXAMPLE = "ringwatch notify test fraud_team"
ACTIONS = {
    "test": Action(
        "send a sample incident to a channel",
        "Sends a sample incident of low severity to a channel of the settings and says what came back. Routes, quiet hours and the "
        "brake do not count. A page is resolved at once. Exits with 1 if it was not taken.",
        "ringwatch notify test fraud_team",
    ),
    "channels": Action(
        "list the channels, and whether their secrets are there",
        "Lists the channels of the settings with their kinds, and what is missing. Nothing is sent.",
        "ringwatch notify channels",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        if name == "test":
            own.add_argument("channel", metavar="CHANNEL", help="name of a channel, as the settings have it")


def run(args: argparse.Namespace) -> int:
    from domain.times import now_ms
    from flink_job.commands.options import settings_of
    from ops.notify.channels.opened import Opening

    settings = settings_of(args)
    opening = Opening(settings.notify, settings.service.origin, now_ms)
    return _test(opening, args.channel) if args.action == "test" else _list(opening)


def _test(opening: Opening, name: str) -> int:
    import secrets

    from domain.errors import SettingError
    from ops.notify.channels.opened import open_channel
    from ops.notify.sample import try_channel

    known = opening.settings.channels
    if name not in known:
        raise SettingError(f"there is no channel {name}: {'known are ' + ', '.join(known) if known else 'name one in the section notify'}")
    tried = try_channel(open_channel(name, known[name], opening), opening.origin, secrets.token_hex(4), opening.clock)
    print(f"{name}: {tried.said}")
    return 0 if tried.went_well else 1


def _list(opening: Opening) -> int:
    from domain.errors import SettingError
    from ops.notify.channels.opened import open_channel

    if not opening.settings.channels:
        print("no channels: name one in the section notify, see docs/notify.md")
    code = 0
    for name, settings in opening.settings.channels.items():
        kind = type(settings).__name__.removesuffix("Settings")
        try:
            open_channel(name, settings, opening)
            print(f"{name}: {kind}, ready")
        except SettingError as error:
            code = 1
            print(f"{name}: {kind}, {error}")
    return code
