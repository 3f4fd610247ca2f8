"""Words of docstrings, comments and pages: what a function's begins with, what a class's, what none says."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT

PACKAGES = ("domain", "gnn", "udfs", "flink_job", "ops", "deploy")
# ruff's D401 knows verbs in another form and articles, but not these
NO_VERB = {
    "All", "As", "At", "Both", "Each", "For", "How", "In", "Last", "Most", "Of", "On", "One", "Options", "Per", "Seconds", "Some",
    "Their", "These", "Those", "To", "What", "When", "Where", "Whether", "Who", "Why", "With", "Without",
}  # fmt: skip
VERB = re.compile(
    r"(Accept|Add|Append|Ask|Assign|Book|Build|Check|Deliver|Draw|Follow|Gather|Give|Hand|Hold|Keep|Make|Move|Pass|Raise|Read|Run"
    r"|Send|Show|Take|Turn|Write|Yield)(s|es|d|ed)\b"
)  # what a class does or what happens to it, not what it is; nouns such as "Counts of" are fine
FORBIDDEN = re.compile(r"\b(stands(?! out)|let(?:s|ting)? go of|comes? by|hangs? on)\b")
# a decision document says so; it stays as it is, byte for byte
KEPT = re.compile(r"an entity stands on the (block|allow) list")


def docstrings(source: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield classes and functions with their docstrings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (text := ast.get_docstring(node)):
            yield node, text


def is_property(node: ast.AST) -> bool:
    """Return whether a docstring names a value, as of an attribute."""
    return any("property" in ast.unparse(one) for one in getattr(node, "decorator_list", []))


def complaints(source: str) -> list[str]:
    """Return what is wrong with the first words of docstrings."""
    found = []
    for node, text in docstrings(source):
        first = text.split()[0]
        if isinstance(node, ast.ClassDef):
            wrong = VERB.match(text) is not None and not re.match(r"\w+ (of|by)\b", text)
        else:
            wrong = not is_property(node) and (first in NO_VERB or not re.match(r"[A-Z][a-z]+,?$", first))
        if wrong:
            found.append(f"line {getattr(node, 'lineno', 0)}: {text.splitlines()[0]}")
    return found


def tracked() -> list[Path]:
    """Return the texts of the repository."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False)
    names = filter(None, listed.stdout.split("\0")) if listed.returncode == 0 else ()
    files = [ROOT / name for name in names] or [path for package in (*PACKAGES, "tests", "docs") for path in (ROOT / package).rglob("*")]
    endings = (".py", ".md", ".yaml", ".toml", ".sh")
    return [path for path in files if path.is_file() and (path.suffix in endings or path.name == "Makefile")]


@pytest.mark.parametrize("source", [
    'def f():\n    """Of the row."""', 'def f():\n    """f8[B]: the scores."""', 'def f():\n    """`x` is the part."""',
    'class A:\n    """Takes samples."""', 'class A:\n    """Raised when it is so."""',
])  # fmt: skip
def test_the_check_finds(source: str) -> None:
    assert complaints(source)


@pytest.mark.parametrize("source", [
    'def f():\n    """Return f8[B]."""', '@property\ndef f():\n    """Seconds since then."""', 'class A:\n    """Counts of lines."""',
    'class A:\n    """Writer of lines: yields them."""',
])  # fmt: skip
def test_the_check_leaves_alone(source: str) -> None:
    assert not complaints(source)


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_begin_as_they_should(package: str) -> None:
    """A function's begins with what it does, a class's with what it is."""
    found = [f"{path.relative_to(ROOT)}: {one}" for path in (ROOT / package).rglob("*.py") for one in complaints(path.read_text("utf-8"))]
    assert not found, "\n".join(found)


def test_plain_words() -> None:
    here = Path(__file__).resolve()
    assert len(tracked()) > 100
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        if path.resolve() != here
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if FORBIDDEN.search(KEPT.sub("", line))
    ]
    assert not found, "\n".join(found)
