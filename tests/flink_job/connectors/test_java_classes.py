"""Our own Java classes: that they compile, go along with a job, and are in what a user installs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests import ROOT

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from flink_job.connectors import java_classes
    from flink_job.connectors.java_classes import jar_of, sources

IN_JAVA = """
import sys
from pathlib import Path
from pyflink.datastream import StreamExecutionEnvironment
from flink_job.cluster.java_folder import give_java_a_folder
from flink_job.connectors.java_classes import compiled, java_classes, jar_of, sources
from flink_job.java_streams import environment_option

give_java_a_folder()
first, second = compiled(sources()), compiled(sources())
assert first == second and jar_of(first) == jar_of(second), "the same sources make the same jar"
assert "ringwatch/FilesBelow$Provider.class" in first
two = {"A.java": "package ringwatch; public class A { int one() { return new B().two() - 1; } }",
       "B.java": "package ringwatch; public class B { int two() { return 2; } }"}
assert set(compiled(two)) == {"ringwatch/A.class", "ringwatch/B.class"}, "sources may use each other"
env = StreamExecutionEnvironment.get_execution_environment()
for _ in range(2):
    made = java_classes(env).FilesBelow.Provider(0)
jars = environment_option(env, "pipeline.jars")
print(jars.count(".jar"), made.getClass().getName(), Path(jars.strip("['']").removeprefix("file://")).is_file(), jars)
"""


@pytest.mark.flink
@pytest.mark.timeout(120)
def test_the_jar_of_our_classes_goes_along_with_the_job_once(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", IN_JAVA], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, name, is_there, jars = done.stdout.split(maxsplit=3)
    assert (count, name, is_there) == ("1", "ringwatch.FilesBelow$Provider", "True")
    assert f"file://{tmp_path}/ringwatch-java-" in jars, "in the folder that is removed with the process"
    assert list(tmp_path.iterdir()) == [], "nothing of it is left"


def test_what_was_compiled_before_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []
    texts = {"A.java": "a"}
    monkeypatch.setattr(java_classes, "sources", lambda part: texts)
    monkeypatch.setattr(java_classes, "compiled", lambda texts, part: asked.append(dict(texts)) or {"A.class": texts["A.java"].encode()})
    first = java_classes._content("redis", tmp_path)
    assert java_classes._content("redis", tmp_path) == first
    assert len(asked) == 1
    texts["A.java"] = "b"
    assert java_classes._content("redis", tmp_path) != first
    assert java_classes._content("", tmp_path) != first, "another package"
    assert len(list(tmp_path.iterdir())) == 3
    java_classes._content("redis", None)
    java_classes._content("redis", tmp_path / "missing")
    assert len(asked) == 5, "where nothing is kept, it is compiled"


def test_a_jar_has_the_same_bytes_whenever_it_is_made() -> None:
    classes = {"ringwatch/B.class": b"b", "ringwatch/A.class": b"a"}
    jar = jar_of(classes)
    assert jar == jar_of(dict(reversed(classes.items())))
    with ZipFile(io.BytesIO(jar)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == classes


def test_an_installed_package_has_the_sources() -> None:
    assert "InNaturalOrder.java" in sources()
    assert "PositionedSource.java" in sources("kafka")
    assert '"java/*.java", "java/*/*.java"' in (ROOT / "setup.py").read_text(encoding="utf-8"), "a wheel holds only what setup.py names"
