"""Our own Java classes, `flink_job/java/*.java`: they go to Flink as a jar, with the job.

The parts of a source that decide on order and positions have no Python side in Flink. The classes are
compiled where the job is built, by the compiler that Flink ships (Janino), so no JDK is needed, and kept as
other compiled code is (`domain.kernel.compiled`). Janino compiles no lambdas, and of an overridden method it
sees no type parameters: such a method takes `Object`.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import shutil
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp
from typing import Any
from zipfile import ZipFile, ZipInfo

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

from domain.kernel.compiled import kept_code
from flink_job.java_streams import environment_option

PACKAGE = "ringwatch"
"""Java's package of all our classes."""
_JARS = "pipeline.jars"
_FOLDER = "ringwatch-classes-"
_KEPT = ("", "redis")
"""Parts that need no other jars than Flink's: those of Kafka may be of any version."""


def java_classes(env: StreamExecutionEnvironment, part: str = "") -> Any:
    """Return the package of our Java classes, as `gateway.jvm.PACKAGE`; their jar goes along with the job.

    `part` is a folder of sources, and a package in ours, that needs other jars than Flink's own: the
    environment must have these.
    """
    jar = _jar(part).as_uri()
    if jar not in (environment_option(env, _JARS) or ""):
        env.add_jars(jar)
    package = getattr(get_gateway().jvm, PACKAGE)
    return getattr(package, part) if part else package


@cache
def _jar(part: str) -> Path:
    """Compile sources into a jar in Java's temporary folder; it is removed when this process ends."""
    content = _content(part, kept_code() if part in _KEPT else None)
    folder = Path(mkdtemp(prefix=_FOLDER, dir=get_gateway().jvm.System.getProperty("java.io.tmpdir")))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    jar = folder / f"ringwatch-{hashlib.blake2b(content, digest_size=8).hexdigest()}.jar"
    jar.write_bytes(content)
    return jar


def _content(part: str, kept: Path | None) -> bytes:
    """Return the jar's bytes, compiled unless the same sources have been before."""
    texts = sources(part)
    if kept is None:
        return jar_of(compiled(texts, part))
    known = hashlib.blake2b(f"{version('apache-flink')} {part} {sorted(texts.items())}".encode(), digest_size=16).hexdigest()
    place = kept / f"{known}.jar"
    with suppress(OSError):
        return place.read_bytes()
    content = jar_of(compiled(texts, part))
    with suppress(OSError), NamedTemporaryFile(dir=kept, delete=False) as made:  # others may do the same at this moment
        made.write(content)
        made.close()
        Path(made.name).replace(place)
    return content


def sources(part: str = "") -> dict[str, str]:
    """Return the text of each source by its file's name."""
    folder = files("flink_job") / "java" / part
    return {place.name: place.read_text(encoding="utf-8") for place in folder.iterdir() if place.name.endswith(".java")}


def compiled(texts: Mapping[str, str], part: str = "") -> dict[str, bytes]:
    """Compile sources that may use each other; return the class files by their path in a jar."""
    gateway = get_gateway()
    resource, classes = gateway.jvm.org.codehaus.commons.compiler.util.resource, gateway.jvm.java.util.HashMap()
    compiler = gateway.jvm.org.codehaus.janino.CompilerFactory().newCompiler()
    compiler.setClassFileCreator(resource.MapResourceCreator(classes))
    loader = gateway.jvm.Thread.currentThread().getContextClassLoader()  # it knows the jars of the environment
    compiler.setIClassLoader(gateway.jvm.org.codehaus.janino.ClassLoaderIClassLoader(loader))
    compiler.setDebugSource(True)
    compiler.setDebugLines(True)  # a stack trace names our lines
    given = gateway.new_array(resource.Resource, len(texts))
    for position, (name, text) in enumerate(sorted(texts.items())):
        given[position] = resource.StringResource("/".join(filter(None, (PACKAGE, part, name))), text)
    compiler.compile(given)
    return {name: bytes(classes[name]) for name in classes}


def jar_of(classes: Mapping[str, bytes]) -> bytes:
    """Return a jar of the class files: the same bytes for the same classes, whenever it is made."""
    made = io.BytesIO()
    with ZipFile(made, "w") as jar:
        for name in sorted(classes):
            jar.writestr(ZipInfo(name), classes[name])  # dated 1980
    return made.getvalue()
