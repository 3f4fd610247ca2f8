"""`ringwatch actions`"""

from __future__ import annotations

import argparse

from flink_job.commands.actions import Action, action_parsers

EXAMPLE = "ringwatch actions test"
ACTIONS = {
    "test": Action(
        "send a sample action to actions.target",
        "Sends one action to actions.target, signed as all are, and says what came back: the release of an order that there is not, with "
        "test: true in its data. Mode, switch and budgets do not count; nothing is recorded. Exits with 1 if it was not taken.",
        EXAMPLE,
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for _ in action_parsers(parser, ACTIONS):
        pass


def run(args: argparse.Namespace) -> int:
    import secrets
    from dataclasses import replace
    from functools import partial

    from domain.errors import SettingError
    from domain.times import now_ms
    from flink_job.commands.options import settings_of
    from flink_job.commands.serve_actions import open_stream
    from flink_job.commands.serve_checks import check_target
    from ops.actions.sample import try_target
    from ops.actions.settings import DRY, LIVE
    from ops.actions.targets import target_of

    settings = settings_of(args)
    if settings.actions.target is None:
        raise SettingError("actions.target names nothing to send to: set it to an https:// address, redis:NAME or kafka://BROKER/TOPIC")
    check_target(settings)
    origin, live = settings.service.origin, replace(settings.actions, mode=LIVE)
    target = target_of(live, settings.notify, origin, partial(open_stream, settings), now_ms)
    tried = try_target(target, settings.actions, origin, secrets.token_hex(4), now_ms())
    print(f"actions.target: {tried.said}")
    if settings.actions.mode == DRY:
        print("actions.mode is dry: but for this sample nothing is sent there until it is live")
    return 0 if tried.went_well else 1
