"""What each part may import, as lists of what is allowed: a new room is refused until it is listed.

The contracts in pyproject.toml say which part may not import which, by way of others, too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from tests import ROOT

PACKAGES = ("domain", "gnn", "udfs", "ops", "flink_job")
ALLOWED = {
    "domain": ("domain", "numpy", "numba", "idna", "disposable_email_domains"),
    "ops/cases": ("ops.cases", "ops.secrets", "domain", "sqlalchemy", "alembic", "pydantic"),
    "udfs": ("udfs", "domain", "gnn", "numpy", "pandas", "pyflink", "pemja", "ops.redis", "ops.llm", "ops.secrets"),
    "ops/case_feed": ("ops.case_feed", "ops.cases", "ops.redis", "ops.secrets", "domain", "redis", "sqlalchemy", "structlog"),
    "ops/actions": ("ops.actions", "ops.cases", "ops.notify", "ops.redis", "ops.scoring", "ops.secrets", "domain", "redis", "sqlalchemy"),
    "ops/notify": (
        "ops.notify", "ops.cases", "ops.llm", "ops.secrets", "ops.terminal", "domain", "sqlalchemy", "apprise", "boto3", "botocore",
    ),
    "ops/lake": ("ops.lake", "ops.redis", "domain", "confluent_kafka", "deltalake", "duckdb", "numpy", "prometheus_client", "pyarrow"),
    "ops/digest": ("ops.digest", "ops.cases", "ops.lake", "ops.llm", "ops.notify", "ops.redis", "ops.terminal", "domain", "sqlalchemy"),
    "ops/feeds": ("ops.feeds", "ops.redis", "domain", "boto3", "botocore", "prometheus_client", "redis"),
    "ops/access": ("ops.access", "ops.cases", "ops.secrets", "domain", "argon2", "authlib", "joserfc", "httpx", "sqlalchemy"),
    "ops/scoring": ("ops.scoring", "ops.cases", "ops.redis", "ops.secrets", "domain", "redis", "confluent_kafka"),
    "ops/fraud_detector": ("ops.fraud_detector", "ops.secrets", "domain", "pydantic", "yaml"),
    "ops/desk": (
        "ops.desk", "ops.api", "ops.access", "ops.assistant", "ops.cases", "ops.digest", "ops.rules", "ops.terminal", "domain", "anyio",
        "fastapi", "starlette", "pydantic", "sqlalchemy", "jinja2", "markupsafe", "numpy", "resvg_py",
    ),
    "ops/api": (
        "ops.api", "ops.access", "ops.cases", "ops.fraud_detector", "ops.scoring", "ops.redis", "ops.secrets", "domain",
        "anyio", "fastapi", "starlette", "uvicorn", "pydantic", "sqlalchemy", "prometheus_client", "structlog",
    ),
}  # fmt: skip
"""Part -> what it may import besides the standard library."""


def imported(file: Path) -> Iterator[str]:
    """Yield the full names that a file imports, those within functions and for types included."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level and node.module, f"{file}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def refused(file: Path, allowed: Collection[str]) -> list[str]:
    """Return what a file imports that is neither in the list nor of the standard library."""
    roots = tuple(f"{root}." for root in (*allowed, *sys.stdlib_module_names))
    return [f"{file}: {name}" for name in imported(file) if not f"{name}.".startswith(roots)]


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_is_listed(part: str) -> None:
    files = list((ROOT / part).rglob("*.py"))
    assert files
    assert [problem for file in files for problem in refused(file, ALLOWED[part])] == []


def test_no_package_imports_what_no_wheel_holds() -> None:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    assert [(file, name) for file in files for name in imported(file) if name.split(".")[0] in ("deploy", "tests")] == []


def test_what_is_deployed_imports_no_tests_and_of_the_packages_settings_only() -> None:
    allowed = ("deploy", "flink_job.settings", "pyflink", "yaml")
    files = list((ROOT / "deploy").rglob("*.py"))
    assert len(files) > 10
    assert [problem for file in files for problem in refused(file, allowed)] == []


@pytest.mark.parametrize(
    "line",
    [
        "import requests",
        "from ops import desk",
        "import ops.cases.store",
        "from ops import terminal",
        "import redis",
        "from flink_job import cli",
    ],
)
def test_what_is_not_listed_is_refused_even_within_a_function(line: str, tmp_path: Path) -> None:
    file = tmp_path / "operator.py"
    file.write_text(f"import json\nfrom ops.redis.writer import StreamEntry\n\ndef run():\n    {line}\n")
    assert len(refused(file, ALLOWED["udfs"])) == 1
