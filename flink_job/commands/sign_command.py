"""`ringwatch sign`"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from domain.control.signature import ControlKeys

EXAMPLE = "ringwatch sign rules.jsonl --key ops --out signed.jsonl"
FILES = CommandFiles(inputs=("file",), outputs=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="control records or labels, one JSON object a line; events stay as they are"
    )
    parser.add_argument("--key", required=True, metavar="NAME", help="name of the key, which is in RINGWATCH_CONTROL_KEY_NAME")
    parser.add_argument("--out", type=Path, metavar="OUT.jsonl", help="write the signed lines here (default: to the terminal or pipe)")


def run(args: argparse.Namespace) -> int:
    from domain.paths import event_files
    from domain.whole_files import whole_file
    from ops.secrets import control_keys

    (file,) = event_files([args.file], "FILE")
    keys = control_keys([args.key])
    assert keys is not None
    with whole_file(args.out) if args.out else nullcontext(sys.stdout) as out:
        for line in _signed_lines(file, keys, args.key):
            out.write(line + "\n")
    return 0


def _signed_lines(file: Path, keys: ControlKeys, name: str) -> Iterator[str]:
    from domain.json_text import as_json
    from domain.unpacked import open_unpacked

    with open_unpacked(file) as lines:
        for number, line in enumerate(lines, 1):
            if line.isspace():
                continue
            try:
                document = json.loads(line)
            except ValueError:
                raise SettingError(f"{file}, line {number}: not JSON; give a file of one JSON object a line") from None
            _check_version(document, f"{file}, line {number}")
            yield as_json(keys.signed(document, name)) if is_signed(document) else line.decode().rstrip("\r\n")


def _check_version(document: Any, where: str) -> None:
    """Raise `SettingError` for a control record without a version: signed, the job refuses even a model."""
    from domain.events.event import Rejected
    from domain.rules.record_fields import version_of

    if isinstance(document, dict) and "control" in document:
        try:
            version_of(document)
        except Rejected as why:
            raise SettingError(f"{where}: {why}") from None


def is_signed(document: Any) -> bool:
    """Return whether it is a document that carries a signature: a control record or a label."""
    return isinstance(document, dict) and ("control" in document or document.get("event_type") in ("label", "forget"))
