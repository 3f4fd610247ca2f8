"""kustomize builds the overlays: settings get their name everywhere, and one command changes the image."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.kubernetes.manifests import BASE, FOLDER

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kubectl of version 1.27 or later builds the overlays")
OVERLAYS = ("redis", "kafka")


def built(overlay: Path) -> list[dict[str, Any]]:
    done = subprocess.run([str(KUBECTL), "kustomize", overlay], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_reads_the_settings_of_this_version(overlay: str) -> None:
    documents = built(FOLDER / "overlays" / overlay)
    [settings] = [one for one in documents if one["kind"] == "ConfigMap"]
    name = settings["metadata"]["name"]
    assert name.startswith("ringwatch-settings-") and len(documents) == len(BASE) + 1
    assert [
        yaml.safe_dump(one).count(f"name: {name}\n") for one in documents if one["kind"] in ("Deployment", "Job", "FlinkDeployment")
    ] == [1] * 4


def test_one_command_changes_every_image(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "kubernetes")
    overlay = tmp_path / "kubernetes" / "overlays" / "redis"
    with (overlay / "kustomization.yaml").open("a", encoding="utf-8") as file:
        file.write('images: [{name: localhost/ringwatch, newName: registry.example/ringwatch, newTag: "9"}]\n')
    text = yaml.safe_dump_all(built(overlay))
    assert text.count("image: registry.example/ringwatch:9\n") == 4 and "localhost/ringwatch" not in text
