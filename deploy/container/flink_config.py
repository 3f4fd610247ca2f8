"""Write Flink's configuration of the containers: `python -m deploy.container.flink_config`.

`make deploy-files` runs it. It is what `ringwatch cluster` gives a cluster of this machine, at addresses
that other containers reach.
"""

from __future__ import annotations

from pathlib import Path

import pyflink
import yaml

from flink_job.settings.flink_options import cluster_options
from flink_job.settings.metrics_reporter import reporter_options
from flink_job.settings.settings import Settings

HERE = Path(__file__).resolve().parent
WRITTEN = HERE / "flink" / "config.yaml"
DATA = "/var/lib/ringwatch"
"""The folder of the image that is kept, and the only one besides /tmp that is written to."""
RPC_PORT, TASK_RPC_PORT, DATA_PORT, BLOB_PORT, REST_PORT, METRICS_PORT = 6123, 6122, 6121, 6124, 8081, 9249
EVERYWHERE = "0.0.0.0"  # noqa: S104 - of a container, whose network says who reaches it
_HEAD = """\
# Flink's configuration in the containers. Made by `make deploy-files` from the options of `ringwatch cluster`
# (flink_job/settings/flink_options.py): change it there, or give a container a file of your own.
"""


def container_options() -> dict[str, str]:
    """Return Flink's options: one slot a TaskManager, ports that are the same in each container."""
    of_loopback = ("jobmanager.bind-host", "taskmanager.host", "taskmanager.bind-host", "rest.bind-address")
    options = {name: value for name, value in cluster_options(Settings()).items() if name not in of_loopback}
    return {
        "env.java.opts.all": java_options(),
        **options,
        "jobmanager.rpc.address": "jobmanager",
        "rest.address": "jobmanager",
        **dict.fromkeys(("jobmanager.bind-host", "taskmanager.bind-host", "rest.bind-address"), EVERYWHERE),
        "jobmanager.rpc.port": str(RPC_PORT),
        "taskmanager.rpc.port": str(TASK_RPC_PORT),
        "taskmanager.data.port": str(DATA_PORT),
        "blob.server.port": str(BLOB_PORT),
        "rest.port": str(REST_PORT),
        # Whoever reaches the REST port could run code of theirs here.
        "web.submit.enable": "false",
        "web.cancel.enable": "false",
        "execution.checkpointing.savepoint-dir": f"file://{DATA}/savepoints",
        "io.tmp.dirs": "/tmp",  # noqa: S108 - the container's own
        # A container's /tmp may be memory, as that of docker-compose.yml is.
        "state.backend.rocksdb.localdir": f"{DATA}/rocksdb",
        **reporter_options(str(METRICS_PORT)),
    }


def java_options() -> str:
    """Return the options without which Flink does not start on Java 17, as its own configuration has them."""
    own = yaml.safe_load((Path(pyflink.__file__).parent / "conf" / "config.yaml").read_text(encoding="utf-8"))
    return f"{own['env']['java']['opts']['all']} -XX:ErrorFile=/tmp/hs_err_pid%p.log"


def text() -> str:
    """Return the file's text."""
    return _HEAD + yaml.safe_dump(container_options(), width=10_000)


if __name__ == "__main__":
    WRITTEN.write_text(text(), encoding="utf-8")
