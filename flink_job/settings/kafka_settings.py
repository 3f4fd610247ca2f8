"""How the job reads from and writes to Kafka. Secrets are references that Kafka's own clients resolve where
they run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from domain.errors import SettingError
from domain.times import moment_ms
from flink_job.settings.flat_options import flat_options

EXACTLY_ONCE, AT_LEAST_ONCE = "exactly_once", "at_least_once"
EARLIEST, LATEST, GROUP = "earliest", "latest", "group"
CHECKPOINT_TIMEOUT_S = 300.0
JARS = str(Path(__file__).resolve().parents[2] / "deploy" / "jars")

_OURS = {
    "bootstrap.servers": "the kafka:// URL",
    "group.id": "kafka.group",
    "auto.offset.reset": "kafka.start",
    "transactional.id": "kafka.group",
    "transaction.timeout.ms": "kafka.transaction_timeout_s",
}
_PROVIDERS = {
    "env": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    "file": "org.apache.kafka.common.config.provider.FileConfigProvider",
    "directory": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
}
_SECRET_NAME = re.compile(r"password|secret|ssl\.keystore\.key$|basic\.auth")
_SECRET_IN_VALUE = re.compile(r"""(?:password|secret)\s*=\s*["']?(?!\$\{)[^\s"';]""", re.IGNORECASE)
REFERENCE = re.compile(r"\$\{(env|file|directory):([^}]+)\}")


def _start(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class KafkaSettings:
    """For all kafka:// URLs of a job."""

    group: str = "ringwatch"
    """Name of this job at the brokers: its consumer group and the beginning of its transactional ids. Two
    jobs need two.
    """
    start: Annotated[str, BeforeValidator(_start)] = EARLIEST
    """Where a job without a checkpoint begins: `earliest`, `latest` (the end at submission), `group` (its
    committed offsets, else earliest), or a time such as `2026-01-31T12:00:00Z` (UTC where no zone is named).
    """
    readers: int = 1
    """Parallel readers per topic. An account's events keep their order if the topic is keyed by account."""
    guarantee: str = EXACTLY_ONCE
    """`exactly_once`: in transactions, visible with each checkpoint. `at_least_once`: visible at once,
    repeated after a fault.
    """
    transaction_timeout_s: float = 900.0
    """The broker aborts a transaction that is open for this long; at most its `transaction.max.timeout.ms`.
    A job that is down for longer loses its last decisions.
    """
    properties: Annotated[Mapping[str, str], BeforeValidator(flat_options)] = field(default_factory=dict)
    """Further properties of Kafka's clients (TLS, SASL), passed on as they are. Secrets as `${env:NAME}`,
    `${file:PATH:KEY}` or `${directory:PATH:FILE}`.
    """
    jars: str = JARS
    """Folder of the connector jars that `make jars` fetches."""

    def __post_init__(self) -> None:
        if not self.group:
            raise SettingError("kafka.group must not be empty")
        if self.guarantee not in (EXACTLY_ONCE, AT_LEAST_ONCE):
            raise SettingError(f"kafka.guarantee is {self.guarantee!r}: write {EXACTLY_ONCE} or {AT_LEAST_ONCE}")
        if self.readers < 1:
            raise SettingError("kafka.readers must be at least 1")
        self.start_ms()
        for name, value in self.properties.items():
            if name in _OURS:
                raise SettingError(f"kafka.properties.{name}: this is set by {_OURS[name]}")
            if _holds_secret(name, value):
                raise SettingError(
                    f"kafka.properties.{name} holds a secret in plain text: write ${{env:NAME}}, ${{file:PATH:KEY}} or "
                    "${directory:PATH:FILE}"
                )

    def start_ms(self) -> int | None:
        """Return the moment to start from, ms since 1970; None for earliest, latest and group."""
        if self.start in (EARLIEST, LATEST, GROUP):
            return None
        try:
            return moment_ms(self.start)
        except ValueError:
            raise SettingError(
                f"kafka.start is {self.start!r}: write earliest, latest, group or a time such as 2026-01-31T12:00:00Z"
            ) from None

    def transaction_timeout_ms(self, checkpoint_interval_s: float) -> int:
        """Return the timeout of transactions.

        One that ends before a slow checkpoint does is refused: the broker would throw decisions away.
        """
        least = CHECKPOINT_TIMEOUT_S + checkpoint_interval_s
        if self.transaction_timeout_s <= least:
            raise SettingError(
                f"kafka.transaction_timeout_s is {self.transaction_timeout_s:g}, but a transaction stays open for up to {least:g} s "
                "(job.checkpoint_interval_s and the checkpoint's own 300 s): make it longer"
            )
        return round(self.transaction_timeout_s * 1000)

    def client_properties(self) -> dict[str, str]:
        """Return what every client gets.

        That is what is configured, and Kafka's own providers for the references to secrets.
        """
        providers = {f"config.providers.{name}.class": provider for name, provider in _PROVIDERS.items()}
        return {"config.providers": ",".join(_PROVIDERS), **providers, **self.properties}


def _holds_secret(name: str, value: str) -> bool:
    return (bool(_SECRET_NAME.search(name)) and "${" not in value) or bool(_SECRET_IN_VALUE.search(value))
