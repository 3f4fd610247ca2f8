"""Which options of a command are files that it reads, and which it writes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CommandFiles:
    """Names of a command's options, as its arguments have them."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Folders in which files are written."""
    replaced: tuple[str, ...] = ()
    """Folders that are replaced whole."""

    def check(self, args: Namespace) -> None:
        """Raise `SettingError` for an output that is an input or that can be no file."""
        from domain.paths import check_folder, check_outputs

        inputs = {**_given(args, self.inputs), **_config(args)}
        check_outputs(inputs, _given(args, self.outputs), _given(args, self.replaced))
        for option, paths in _given(args, (*self.folders, *self.replaced)).items():
            for path in paths:
                check_folder(option, path)


def _given(args: Namespace, names: tuple[str, ...]) -> Mapping[str, list[Path]]:
    """Return the paths by option; an address such as redis: is none."""
    found = {}
    for name in names:
        value = getattr(args, name)
        values = value if isinstance(value, list) else [value]
        found[_option(name)] = [Path(one) for one in values if one is not None and not str(one).startswith(("redis", "unix:"))]
    return found


def _option(name: str) -> str:
    return {"mapping": "MAPPING.yaml", "tables": "TABLE", "file": "FILE"}.get(name, f"--{name.replace('_', '-')}")


def _config(args: Namespace) -> Mapping[str, list[Path]]:
    from flink_job.cli import DEFAULT_CONFIG

    return {"--config": [args.config or DEFAULT_CONFIG]}
