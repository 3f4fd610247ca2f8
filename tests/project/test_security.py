"""What must not be in the code: readers that would run what somebody sends; and where secrets come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from domain.errors import SettingError
from domain.events.identity import USUAL
from gnn.table_import.keys.scalars import NoRepeats
from ops.llm.settings import LlmSettings, with_api_key
from ops.secrets import LLM_API_KEY, PSEUDONYM_KEY, REDIS_URL, pseudonyms, redis_url, secret
from tests import ROOT

SOURCES = sorted(path for name in ("domain", "gnn", "udfs", "flink_job", "ops") for path in (ROOT / name).rglob("*.py"))
UNSAFE_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "_pickle", "jsonpickle"}
UNSAFE_CALLS = {
    "eval", "exec", "torch.load", "pd.read_pickle", "pandas.read_pickle", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
    "yaml.unsafe_load_all", "os.system", "xgb.Booster.__setstate__",
}  # fmt: skip

SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader", NoRepeats.__name__}
assert issubclass(NoRepeats, yaml.SafeLoader)


def unsafe(source: str) -> Iterator[str]:
    """What in a module's source can run outside data as a program."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in UNSAFE_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNSAFE_MODULES:
            yield f"{node.module}"
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            words = [ast.unparse(word.value) for word in node.keywords if word.arg in ("allow_pickle", "shell")]
            if name in UNSAFE_CALLS or any(word != "False" for word in words):
                yield ast.unparse(node)
            elif name == "yaml.load":
                loaders = [
                    ast.unparse(value) for value in (*node.args[1:], *(word.value for word in node.keywords if word.arg == "Loader"))
                ]
                if not loaders or not set(loaders) <= SAFE_LOADERS:
                    yield ast.unparse(node)


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from cloudpickle import loads", "torch.load(path)", "yaml.load(text)", "yaml.load(text, yaml.Loader)",
        "np.load(path, allow_pickle=True)", "eval(text)", "subprocess.run(text, shell=True)", "pd.read_pickle(path)",
    ],
)  # fmt: skip
def test_the_search_finds(source: str) -> None:
    assert list(unsafe(source))


@pytest.mark.parametrize(
    "source", ["yaml.safe_load(text)", "yaml.load(text, yaml.SafeLoader)", "np.load(path, allow_pickle=False)", "load(path)"]
)
def test_the_search_leaves_alone(source: str) -> None:
    assert not list(unsafe(source))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_runs_what_it_reads(path: Path) -> None:
    assert list(unsafe(path.read_text(encoding="utf-8"))) == []


# --- secrets
# --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (PSEUDONYM_KEY, REDIS_URL, LLM_API_KEY, "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ((PSEUDONYM_KEY, "key"), (REDIS_URL, "redis://:sesame@host:1/0"), (LLM_API_KEY, "sk")):
        assert secret(name) is None
        path = tmp_path / name
        path.write_text(f"{value}\r\n")
        monkeypatch.setenv(f"{name}_FILE", str(path))
        assert secret(name) == value
    from_file = pseudonyms(USUAL).of("account", "a")
    assert redis_url("redis://configured:1/0") == "redis://:sesame@host:1/0"
    assert with_api_key(LlmSettings()).api_key == "sk"
    monkeypatch.delenv(f"{PSEUDONYM_KEY}_FILE")
    monkeypatch.setenv(PSEUDONYM_KEY, "key")
    assert pseudonyms(USUAL).of("account", "a") == from_file


@pytest.mark.parametrize(
    ("content", "why"), [(None, "cannot be read"), (b"", "is empty"), (b"\n", "is empty"), (b"\xffsesame", "is not text")]
)
def test_a_file_without_a_secret_is_said_so(content: bytes | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(f"{REDIS_URL}_FILE", str(path))
    with pytest.raises(SettingError, match=why) as caught:
        redis_url(None)
    assert str(caught.value).startswith(f"{REDIS_URL}_FILE: ")
    assert "sesame" not in str(caught.value)


def test_two_places_for_one_secret_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("one")
    monkeypatch.setenv(f"{PSEUDONYM_KEY}_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv(PSEUDONYM_KEY, "two")
    with pytest.raises(SettingError, match="both set: keep one"):
        pseudonyms(USUAL)
