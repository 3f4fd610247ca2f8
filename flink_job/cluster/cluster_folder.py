"""The folder of a standalone cluster: its configuration and the links to the jars, made from the wheel's."""

from __future__ import annotations

from pathlib import Path

import yaml

from flink_job.cluster.crash_report import with_crash_reports
from flink_job.cluster.daemons import Daemons, flink_home
from flink_job.cluster.environment import check_disk
from flink_job.cluster.own_folder import own_folder
from flink_job.settings.flink_options import cluster_options
from flink_job.settings.high_availability import KEPT, stands_by, zookeeper_file
from flink_job.settings.settings import Settings

MARKER = ".ringwatch-cluster"
CONFIGURATION = "config.yaml"
_LOGGING = ("log4j.properties", "log4j-console.properties", "log4j-cli.properties")
_QUIET = """
# It logs the whole environment of the Python workers, secrets included, whenever it closes one.
logger.beam.name = org.apache.beam.runners.fnexecution.control.DefaultJobBundleFactory
logger.beam.level = OFF
"""


def prepare(settings: Settings, daemons: Daemons) -> None:
    """Make configuration and links anew, and take away what a cluster of before left.

    What several JobManagers know of their jobs stays if those ended without `stop`, as with their machine.
    """
    folder = daemons.folder
    taken_up = stands_by(settings.cluster) and (folder / KEPT[0]).exists()
    left = () if taken_up else ("code", *KEPT)  # a job that is taken up loads its code again
    with own_folder(folder, MARKER, ("conf", "lib", "pids", *left), "cluster.folder"):
        pass
    folders = [folder / name for name in ("conf", "lib", "logs", "pids", "tmp")]
    check_disk(*folders, Path(settings.cluster.savepoint_dir))
    _configure(folders[0], settings, daemons.logs)
    _link(folders[1], Path(settings.kafka.jars))


def configuration(settings: Settings, logs: Path) -> str:
    """Return the text of Flink's configuration."""
    wheels = yaml.safe_load((flink_home() / "conf" / CONFIGURATION).read_text(encoding="utf-8"))
    java = with_crash_reports(wheels["env"]["java"]["opts"]["all"], logs)
    return yaml.safe_dump({"env.java.opts.all": java, **cluster_options(settings)}, width=10_000)


def _configure(conf: Path, settings: Settings, logs: Path) -> None:
    for name in _LOGGING:
        (conf / name).write_text((flink_home() / "conf" / name).read_text(encoding="utf-8") + _QUIET, encoding="utf-8")
    (conf / CONFIGURATION).write_text(configuration(settings, logs), encoding="utf-8")
    if stands_by(settings.cluster):
        (conf / "zoo.cfg").write_text(zookeeper_file(settings.cluster), encoding="utf-8")


def _link(lib: Path, connectors: Path) -> None:
    home = flink_home()
    for jar in (*home.glob("lib/*.jar"), *home.glob("opt/flink-python-*.jar"), *connectors.glob("*.jar")):
        (lib / jar.name).symlink_to(jar)
