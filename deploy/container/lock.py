"""Write the locks of the image anew: every package that pip installs there, with its version and hashes.

`make lock` runs it in an environment that has uv. Each lock holds what those before it do not:

- build: what makes ringwatch's wheel; it stays in the stage that compiles
- job: what the job and the service need
- train: what training and its reports need besides, but for torch
- torch: torch itself and the libraries of its CUDA build, which an index of CPU builds does without
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "deploy" / "container" / "locks"
JOB_EXTRAS = ("aws", "lake", "service")
TRAIN_EXTRAS = ("report", "train")
OLDEST_PYTHON = "3.11"
_TORCH = re.compile(r"torch|triton|cuda-.*|nvidia-.*")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def blocks(lock: str) -> dict[str, str]:
    """Return the lines of each package of a lock by its name; a package has several blocks if its version
    depends on Python's.
    """
    found: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        if line[0].isalpha():
            matched = _NAME.match(line)
            name = matched[0] if matched else ""
        if name and not line.lstrip().startswith("#"):
            found[name] = found.get(name, "") + line
    return found


def parted(job: str, train: str) -> dict[str, str]:
    """Return the texts of the locks job, train and torch, of a lock of the first and a lock of all."""
    known, every = blocks(job), blocks(train)
    if differing := [name for name in known if every.get(name) != known[name]]:
        raise ValueError(f"training needs other versions than the job of {', '.join(differing)}")
    beside = {name: text for name, text in every.items() if name not in known}
    torch = {name: text for name, text in beside.items() if _TORCH.fullmatch(name)}
    rest = {name: text for name, text in beside.items() if name not in torch}
    return {"job": "".join(known.values()), "train": "".join(rest.values()), "torch": "".join(torch.values())}


def written(locks: dict[str, str]) -> None:
    """Write each lock into its file."""
    for name, text in locks.items():
        head = f"# Made by `make lock` from setup.py: what `pip install --require-hashes` takes for the lock {name!r}.\n"
        (LOCKS / f"{name}.lock").write_text(head + text, encoding="utf-8")


def _pins(lock: str) -> str:
    """Return the versions of a lock without their hashes."""
    return "\n".join(line.removesuffix(" \\") for line in lock.splitlines() if line[:1].isalpha())


def _compiled(arguments: Sequence[str], held_to: str = "") -> str:
    """Return the lock that uv makes, within the versions of another."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder, "held.txt")
        held.write_text(held_to, encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
        options = ["--generate-hashes", "--no-header", "--no-annotate", "--constraint", str(held)]
        done = subprocess.run([*command, *options, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"lock: {done.stderr.strip()}")
    return done.stdout


def _extras(names: Sequence[str]) -> list[str]:
    return ["setup.py", *(word for name in names for word in ("--extra", name))]


def _build_needs() -> str:
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder, "build.in")
        named.write_text("\n".join(needs), encoding="utf-8")
        return _compiled([str(named)])


def main() -> None:
    """Resolve and write all locks."""
    job = _compiled(_extras(JOB_EXTRAS))
    train = _compiled(_extras((*JOB_EXTRAS, *TRAIN_EXTRAS)), _pins(job))
    written({"build": _build_needs(), **parted(job, train)})


if __name__ == "__main__":
    main()
