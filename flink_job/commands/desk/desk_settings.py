"""The settings of a desk: its own Redis, store, folders and key, whatever else this machine has."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ops.secrets import PSEUDONYM_KEY, REDIS_URL, STORE_URL

EVENTS, LABELS = "redis:events", "redis:labels"
CHECKPOINTS, LOGS = "checkpoints", "logs"
_OTHERS = tuple(f"{name}{end}" for name in (PSEUDONYM_KEY, REDIS_URL, STORE_URL) for end in ("", "_FILE"))


def desk_words(folder: Path, redis: str, port: int, silent_until: int) -> list[str]:
    """Return what the desk sets, as `--set` takes it: after the user's own, for job and service alike."""
    words = {
        "redis.url": redis,
        "redis.prefix": "'ringwatch:'",
        "redis.start": "earliest",
        "redis.max_length": 20_000,  # of decisions some 40 MB
        "redis.hard_max_length": "null",
        "redis.replicas": 0,
        "job.sources": f"[{EVENTS}, {LABELS}]",
        "job.labels": f"[{EVENTS}, {LABELS}]",
        "job.control": "redis:control",
        "job.control_keys": "[]",
        "job.decisions": "redis:decisions",
        "job.rejected": "null",
        "job.silent_until": silent_until,
        "job.bounded": "false",
        "job.parallelism": 1,
        "job.checkpoint_dir": folder / CHECKPOINTS,
        "job.checkpoint_interval_s": 60,
        "job.resume": "false",
        "job.restore_from": "null",
        "job.log_dir": folder / LOGS,
        "job.early_approval": "true",
        "job.rest_port": "null",
        "job.metrics_port": "null",
        "service.host": "127.0.0.1",
        "service.port": port,
        "service.public_url": "null",
        "service.labels": LABELS,
        "service.control": "redis:control",
        "service.sign_with": "null",
        "service.score.events": EVENTS,
        "service.score.decisions": "redis:decisions",
        "service.store.url": f"sqlite:{folder / 'store.db'}",
        "service.cases.undo_s": 10,  # who tries it out sees the job learn from a verdict
        "service.access.oidc.issuer": "null",
    }
    return [f"{name}={value}" for name, value in words.items()]


def own_secrets() -> None:
    """Give this process, and those that it starts, a new pseudonym key, and no address of another Redis or
    store.
    """
    for name in _OTHERS:
        os.environ.pop(name, None)
    os.environ[PSEUDONYM_KEY] = secrets.token_hex(32)
