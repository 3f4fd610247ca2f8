"""Fetch the jars of a pom from Maven Central and hold them against their pinned checksums. Standard library
only.

python deploy/jars.py                  the Kafka connector, into deploy/jars
python deploy/jars.py deploy/broker    the broker of the tests, into deploy/broker/jars
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


class JarsError(RuntimeError):
    """The jars could not be fetched as they are pinned; the message says what to do."""


def fetch(folder: Path = HERE) -> Path:
    """Return the folder `folder/jars`; fetch what `folder/jars.sha256` lists unless it has exactly that."""
    jars, wanted = folder / "jars", pinned(folder)
    if jars.is_dir() and checksums(jars) == wanted:
        return jars
    with tempfile.TemporaryDirectory(dir=folder, prefix=".jars-") as made:
        _copy_dependencies(folder / "pom.xml", Path(made))
        found = checksums(Path(made))
        if found != wanted:
            differing = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
            lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))
            raise JarsError(
                f"{', '.join(differing)} differ from {folder / 'jars.sha256'}: do not use them, unless you changed the versions in "
                f"{folder / 'pom.xml'} yourself; then these are the new checksums:\n{lines}"
            )
        shutil.rmtree(jars, ignore_errors=True)
        shutil.copytree(made, jars)
    return jars


def pinned(folder: Path) -> dict[str, str]:
    """Return the SHA-256 per file name."""
    lines = (folder / "jars.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def checksums(jars: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in jars.iterdir()}


def _copy_dependencies(pom: Path, out: Path) -> None:
    command = [_maven(), "-q", "-B", "-f", str(pom), PLUGIN, f"-DoutputDirectory={out}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the user's own Maven
    if done.returncode:
        last = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line][:3]
        raise JarsError(f"Maven could not fetch the jars of {pom}; is Maven Central reachable? {' '.join(last)}")


def _maven() -> str:
    found = shutil.which("mvn")
    if not found:
        raise JarsError("there is no mvn on the PATH: install Maven 3.6 or newer (Debian: apt-get install maven)")
    return found


if __name__ == "__main__":
    try:
        print(f"jars are in {fetch(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE)}")
    except (JarsError, OSError) as problem:
        sys.exit(f"ringwatch jars: {problem}")
