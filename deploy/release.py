"""Build wheel and sdist into dist/, and try the wheel: `make release`.

The wheel is made from the sdist, so that the sdist is whole. It is installed into an environment of its own,
outside of the checkout, by the versions that it names; the demo must run from there.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTES = ROOT / "docs" / "releases.md"
SUMS = "SHA256SUMS"
_BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"


class ReleaseError(RuntimeError):
    """Error of a release that cannot be made; the message says what to do."""


def version() -> str:
    """Return the version that setup.py names; raise `ReleaseError` where the notes have no heading for it."""
    [found] = re.findall(r'^    version="(.+)",$', (ROOT / "setup.py").read_text(encoding="utf-8"), re.MULTILINE)
    if f"\n## {found}\n" not in NOTES.read_text(encoding="utf-8"):
        raise ReleaseError(f"{NOTES.name} has no heading for version {found}: say there what is new")
    return str(found)


def built(source: Path, out: Path) -> tuple[Path, Path]:
    """Build the sdist of a checkout, and the wheel of that sdist; return (sdist, wheel)."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "checkout")
        _copy(source, copy)
        sdist = _made(copy, "build_sdist", out)
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        return sdist, _made(Path(folder, sdist.name.removesuffix(".tar.gz")), "build_wheel", out)


def _copy(source: Path, copy: Path) -> None:
    """Copy what git knows of a checkout: what lies about in it goes into no release."""
    listed = subprocess.run(["git", "-C", str(source), "ls-files", "-z"], capture_output=True, text=True, check=True)  # noqa: S603, S607
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith(("tests/", "docs/pictures/")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, copy / name)


def _made(folder: Path, hook: str, out: Path) -> Path:
    before = set(out.iterdir())
    done = subprocess.run([sys.executable, "-c", _BUILD, hook, str(out)], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ReleaseError(f"{hook} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    [made] = set(out.iterdir()) - before
    return made


def tried(wheel: Path, folder: Path) -> None:
    """Install a wheel into a new environment and run the demo from it; raise `ReleaseError` if that fails."""
    shutil.rmtree(folder, ignore_errors=True)
    _ran([sys.executable, "-m", "venv", str(folder)], folder.parent)
    _ran([str(folder / "bin" / "pip"), "install", "--quiet", "--no-input", str(wheel)], folder)
    for words in (["--version"], ["demo", "--folder", str(folder / "demo")]):
        _ran([str(folder / "bin" / "ringwatch"), *words], folder)


def _ran(words: list[str], folder: Path) -> None:
    print(f"release: {' '.join(words)}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(words, cwd=folder, check=False).returncode:  # noqa: S603
        raise ReleaseError(f"{' '.join(words)} failed, see above")


def main() -> None:
    """Build, try, and write the checksums."""
    said, out = version(), ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    files = built(ROOT, out)
    tried(files[1], ROOT / "run" / "release")
    (out / SUMS).write_text("".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files), encoding="ascii")
    print(f"release {said}: {', '.join(f'{file.name} ({file.stat().st_size / 2**20:.1f} MiB)' for file in files)} in {out}")


if __name__ == "__main__":
    try:
        main()
    except (ReleaseError, OSError) as problem:
        sys.exit(f"ringwatch release: {problem}")
