"""The program of `flink run -py flink_job/main.py -pyfs FOLDER_OF_THE_PACKAGES ARGUMENTS`.

The arguments are those of `ringwatch run`. Flink takes every option that it knows for its own, so begin ours
with --config or --set.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Build the job and hand it to the cluster that `flink run` talks to."""
    from flink_job.cli import parsed
    from flink_job.cluster.environment import of_options
    from flink_job.commands.run_command import job_settings
    from flink_job.job import start
    from flink_job.settings.flink_options import CLUSTER_RESTARTS, job_options

    settings = job_settings(parsed(["run", *arguments]))
    start(of_options(job_options(settings, CLUSTER_RESTARTS)), settings)


if __name__ == "__main__":
    main(sys.argv[1:])
