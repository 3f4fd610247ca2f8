"""A model put in shadow, in force, or back: by the service where there is one, else by a control record."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import SettingError
from domain.json_text import as_json
from domain.times import now_ms
from gnn.retraining.ledger import OFFERED, PROMOTED, ROLLED_BACK, Entry

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.retraining.ledger import Ledger

_KINDS = {"shadow": "shadow_model", "promote": "model", "rollback": "model"}
_ACTS = {"shadow": OFFERED, "promote": PROMOTED, "rollback": ROLLED_BACK}
_NOTHING = {
    "rollback": "nothing that was promoted from this folder is left to roll back",
    "promote": "there is no candidate: ringwatch retrain --events or --lake makes one",
}


def confirmed(args: argparse.Namespace, step: Entry | None) -> bool:
    """Ask whether to do it, and return the answer. Raises `SettingError` where nobody can be asked."""
    if args.yes or args.action == "shadow":
        return True
    if step is None:
        raise SettingError(_NOTHING[args.action])
    if not sys.stdin.isatty():
        raise SettingError(f"{args.action} changes the model in force: say --yes where nobody can be asked")
    what = f"go back to {step.before}" if args.action == "rollback" else f"put {step.path} in force ({step.judgement})"
    print(f"{what}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def change_model(args: argparse.Namespace, settings: Settings, ledger: Ledger, action: str) -> int:
    """Send the record of an action, and note it. Raises `SettingError` if there is nothing to do."""
    step = ledger.to_roll_back if action == "rollback" else ledger.candidate
    if step is None:
        raise SettingError(_NOTHING.get(action, _NOTHING["promote"]))
    path = step.before if action == "rollback" else step.path
    model = _model_at(Path(path), settings, "" if action == "rollback" else step.card)
    said, version = _sent(args, settings, ledger.next_version, {"kind": _KINDS[action], "path": path, "reason": args.reason})
    entry = Entry(now_ms(), _ACTS[action], model, path, step.before if action != "rollback" else step.path, version=version)
    ledger.with_entry(entry).write(Path(settings.retrain.folder))
    print(f"{model} is {'in force again' if action == 'rollback' else _ACTS[action]}: {said}", file=sys.stderr)
    return 0


def _model_at(path: Path, settings: Settings, tried: str) -> str:
    """Return the id of a model that can be put in force: it is whole, of this graph, and what was tried."""
    from gnn.artifact.artifact import card_digest, load_scorer

    model = load_scorer(path, settings.graph).card.model_id
    if tried and card_digest(path) != tried:
        raise SettingError(f"{path} is not what was tried: its card has changed since; try a candidate again")
    return model


def _sent(args: argparse.Namespace, settings: Settings, version: int, wanted: Mapping[str, str]) -> tuple[str, int]:
    """Send what is wanted; return what became of it, and the version that was given here, 0 by a service."""
    from flink_job.commands.service_client import service_client

    service = service_client(settings.service.public_url)
    if service is not None:
        answer = service.post("/v1/models", wanted)
        return f"the service has it as version {answer.get('version')}, {answer.get('status')}", 0
    record = {"control": wanted["kind"], "path": wanted["path"], "version": version, "by": "retrain", "reason": wanted["reason"]}
    _write(args, settings, record)
    return f"version {version} is in {settings.job.control}", version


def _write(args: argparse.Namespace, settings: Settings, record: Mapping[str, Any]) -> None:
    from domain.whole_files import whole_file
    from flink_job.commands.publish_targets import target_of
    from ops.secrets import control_keys

    url = settings.job.control
    if url is None:
        raise SettingError("nothing takes control records: set job.control, or service.public_url and RINGWATCH_SERVICE_TOKEN")
    keys = control_keys([args.sign]) if args.sign else None
    if keys is None and settings.job.control_keys:
        raise SettingError(f"the job takes signed records only: give --sign {settings.job.control_keys[-1]}")
    line = as_json(keys.signed(dict(record), args.sign) if keys else record)
    if url.startswith("file:"):
        folder = Path(url.removeprefix("file:"))
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / f"retrain-{now_ms()}.jsonl") as file:
            file.write(line + "\n")
        return
    target = target_of(url, "job.control", settings, lambda: None)
    try:
        target.send([line.encode()])
    finally:
        target.close()
