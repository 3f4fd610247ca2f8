"""The locks of the image: they hold what setup.py pins, each with its hashes, and no torch in the job's."""

from __future__ import annotations

import ast
import re

import pytest

from deploy.container.lock import JOB_EXTRAS, LOCKS, TRAIN_EXTRAS, blocks, parted
from tests import ROOT

LOCKED = {name: blocks((LOCKS / f"{name}.lock").read_text(encoding="utf-8")) for name in ("build", "job", "train", "torch")}


def pins(extras: tuple[str, ...]) -> dict[str, str]:
    """Package -> version, of what an installation and these extras name in setup.py."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    told = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    named = [*told["RUNTIME"], *(pin for extra in extras for pin in told["EXTRAS"][extra])]
    return {name.lower(): version for name, version in (pin.split("==") for pin in named)}


def versions(lock: dict[str, str]) -> dict[str, set[str]]:
    return {name.lower(): set(re.findall(rf"^{re.escape(name)}==(\S+)", text, re.MULTILINE)) for name, text in lock.items()}


def test_the_locks_hold_the_versions_of_setup_py() -> None:
    job, rest = versions(LOCKED["job"]), versions(LOCKED["train"] | LOCKED["torch"])
    assert {name: job.get(name) for name in pins(JOB_EXTRAS)} == {name: {version} for name, version in pins(JOB_EXTRAS).items()}
    training = {name: version for name, version in pins(TRAIN_EXTRAS).items() if name not in job}
    assert {name: rest.get(name) for name in training} == {name: {version} for name, version in training.items()}
    assert "torch" in training, "a test that sees no torch anywhere proves nothing"


@pytest.mark.parametrize("name", LOCKED)
def test_every_package_has_hashes(name: str) -> None:
    for text in LOCKED[name].values():
        versions_of_one = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
        assert versions_of_one and all(re.search(r"--hash=sha256:[0-9a-f]{64}", one) for one in versions_of_one), text


def test_the_job_has_nothing_of_torch() -> None:
    heavy = ("torch", "torch-geometric", "triton", "nvidia-cublas", "scikit-learn", "matplotlib")
    assert not LOCKED["job"].keys() & set(heavy)
    assert set(heavy) <= LOCKED["train"].keys() | LOCKED["torch"].keys()
    assert not LOCKED["train"].keys() & {"torch", "triton", "nvidia-cublas"}, "an index of CPU builds does without these"


def test_locks_that_disagree_are_refused() -> None:
    one, other = "a==1 \\\n    --hash=sha256:0\n", "a==2 \\\n    --hash=sha256:0\n"
    with pytest.raises(ValueError, match="other versions than the job of a"):
        parted(one, other)
    both = parted(one, f"{one}b==1 \\\n    --hash=sha256:1\ntorch==1 \\\n    --hash=sha256:2\n")
    assert both == {"job": one, "train": "b==1 \\\n    --hash=sha256:1\n", "torch": "torch==1 \\\n    --hash=sha256:2\n"}
