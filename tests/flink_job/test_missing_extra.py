"""A command that needs a package of an extra names the extra; what it names is what setup.py has."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from importlib.metadata import packages_distributions
from unittest.mock import patch

import pytest

from flink_job.missing_extra import OF_EXTRA, needed
from tests import ROOT


def spelt(distribution: str) -> str:
    return distribution.lower().replace("-", "_")


def test_each_module_is_of_the_extra_that_brings_it() -> None:
    with patch("setuptools.setup"):
        extras = runpy.run_path(str(ROOT / "setup.py"))["EXTRAS"]
    distributions = {module: {spelt(name) for name in names} for module, names in packages_distributions().items()}
    for extra, modules in OF_EXTRA.items():
        brings = {spelt(re.split("[=[]", one)[0]) for one in extras[extra]} | {"botocore"}  # boto3's own
        assert [module for module in modules if not distributions[module] & brings] == []


def test_what_is_missing_otherwise_is_no_extra() -> None:
    assert needed(ModuleNotFoundError("no", name="deltalake.table")).endswith("not installed: pip install 'ringwatch[lake]'")
    for error in (ModuleNotFoundError("no", name="flink_job.nowhere"), ModuleNotFoundError("no"), ImportError("no", name="boto3")):
        assert needed(error) == ""


@pytest.mark.parametrize(("words", "module"), [("serve", "structlog"), ("digest --day 2026-01-01", "sqlalchemy")])
def test_a_command_says_what_to_install(words: str, module: str) -> None:
    """Also `serve`, whose log is written with what is missing."""
    code = f"import sys; sys.modules['{module}'] = None; from flink_job.cli import main; sys.exit(main({words.split()}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    said = f"ringwatch {words.split()[0]}: it needs {module}, which is not installed: pip install 'ringwatch[service]'\n"
    assert (done.returncode, done.stderr) == (1, said)
