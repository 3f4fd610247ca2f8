#!/bin/bash
# What a container of this image does: a part of Flink, a command of ringwatch, or what Flink's own Kubernetes client asks for.
set -euo pipefail

# The interpreter that Flink embeds knows no virtual environment: it reads PYTHONPATH only.
PYTHONPATH=$(python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
export PYTHONPATH

part=${1:-help}
case $part in
jobmanager) # JobManager and job in one, Flink's application mode. The options after it are those of `ringwatch run`.
    shift
    # Without high availability a JobManager that starts again knows nothing: the newest checkpoint says where to go on.
    checkpoints=${RINGWATCH_CHECKPOINTS:-/var/lib/ringwatch/checkpoints}
    resume=()
    if compgen -G "$checkpoints/*/chk-*/_metadata" >/dev/null; then resume=(--resume); fi
    # The first word of ours must be one that Flink does not know, or it takes those after it for its own.
    exec standalone-job.sh start-foreground --job-classname org.apache.flink.client.python.PythonDriver \
        -pyclientexec /opt/ringwatch/bin/python -pyexec /opt/ringwatch/bin/python \
        -py /opt/ringwatch/main.py --set "job.checkpoint_dir=$checkpoints" "${resume[@]}" "$@"
    ;;
taskmanager)
    shift
    exec taskmanager.sh start-foreground "$@"
    ;;
bash | *.sh | /*) # Flink's native Kubernetes names its own scripts
    exec "$@"
    ;;
help)
    exec ringwatch --help
    ;;
*)
    exec ringwatch "$@"
    ;;
esac
