"""May this artifact take over? It is tried in a process of its own, where it harms no job.

That process is `python -m gnn.artifact.admission`.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from domain.memory.trail import NO_SUMMARY, Trail, TrailCodec
from gnn.artifact.artifact import load_scorer
from gnn.artifact.model_name import ModelName
from gnn.card.card import ArtifactError

TIMEOUT_S = 120.0
_LOOK_S = 0.2


def admit(path: Path, graph: GraphSettings, python: str = sys.executable, on_wait: Callable[[], None] = lambda: None) -> ModelName:
    """Load the artifact in a child process and score an event; raise `ArtifactError` with the reason.

    `python` is the interpreter to run. `on_wait` is called several times a second and may end the waiting by
    raising.
    """
    question = json.dumps({"path": str(path), "graph": asdict(graph)})
    command = [python, "-m", "gnn.artifact.admission"]
    with subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[2]
    ) as child:
        try:
            said = _answer(child, question, on_wait)
        finally:
            child.kill()
    try:
        answer = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        raise ArtifactError(f"{path}: trying it ended with code {child.returncode}; copy the artifact again or train again") from None
    if "error" in answer:
        raise ArtifactError(answer["error"])
    return ModelName(answer["model_id"], str(path))


def _answer(child: subprocess.Popen[str], question: str, on_wait: Callable[[], None]) -> str:
    asked: str | None = question
    for _ in range(round(TIMEOUT_S / _LOOK_S)):
        try:
            return child.communicate(asked, timeout=_LOOK_S)[0]
        except subprocess.TimeoutExpired:
            asked = None  # it has been written; communicate() goes on where it was
            on_wait()
    raise ArtifactError(f"the model did not load within {TIMEOUT_S:g} s; look at the machine's load, then send the control record again")


def try_out(path: Path, graph: GraphSettings) -> str:
    """Return the model's id once it has scored an event; raise `ArtifactError` if it cannot."""
    scorer = load_scorer(path, graph)
    trail = Trail(Event("trial", 0, 0, (MISSING,) * len(graph.entities), id_hash=1))
    for _ in graph.stages:
        trail.add(b"", NO_SUMMARY)
    score = float(scorer.score(FeatureExtractor(graph).extract([TrailCodec(graph).encode(trail)]))[0])
    if not math.isfinite(score):
        raise ArtifactError(f"{path} gives the score {score}; train again")
    return scorer.card.model_id


def main() -> None:
    """Read one question from the standard input and print one answer, each a line of JSON."""
    question = json.loads(sys.stdin.read())
    named: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in question["graph"].items()}
    try:
        answer = {"model_id": try_out(Path(question["path"]), GraphSettings(**named))}
    except Exception as error:
        answer = {"error": " ".join(str(error).split()) or type(error).__name__}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
