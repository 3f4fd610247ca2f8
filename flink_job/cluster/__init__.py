"""Where the job runs: the local Flink, a standalone cluster, submission, checks of the machine."""
