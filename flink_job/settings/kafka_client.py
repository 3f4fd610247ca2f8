"""`kafka.properties` for Kafka's client in Python: service and `ringwatch publish` log in as the job does.

The properties are those of Kafka's Java clients, which the job uses. librdkafka has other names for some, and
looks no references up. What tunes the Java clients alone (`fetch.min.bytes`) is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from domain.errors import SettingError
from flink_job.settings.kafka_settings import REFERENCE, KafkaSettings

_NAMES: Mapping[str, tuple[str, ...]] = {
    "security.protocol": ("security.protocol",),
    "sasl.mechanism": ("sasl.mechanism",),
    "ssl.truststore.location": ("ssl.ca.location",),
    "ssl.truststore.certificates": ("ssl.ca.pem",),
    "ssl.keystore.location": ("ssl.certificate.location", "ssl.key.location"),  # a PEM file with both
    "ssl.keystore.certificate.chain": ("ssl.certificate.pem",),
    "ssl.keystore.key": ("ssl.key.pem",),
    "ssl.key.password": ("ssl.key.password",),
    "ssl.endpoint.identification.algorithm": ("ssl.endpoint.identification.algorithm",),
}
_TYPES, _JAAS = ("ssl.truststore.type", "ssl.keystore.type"), "sasl.jaas.config"
_LOGIN = re.compile(r"\s*[\w.$]*\.(?:PlainLoginModule|ScramLoginModule)\s+\w+\s+(?P<options>.*?);?\s*", re.DOTALL)
_OPTION = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;]+))""")
_SECURITY = ("ssl.", "sasl.", "security.")


def client_properties(kafka: KafkaSettings) -> dict[str, str]:
    """Return what librdkafka takes, with the secrets that `kafka.properties` refer to.

    Raises `SettingError` for a property of TLS or SASL that it does not know, and for a reference to nothing.
    """
    found: dict[str, str] = {}
    for name, value in kafka.properties.items():
        if name in _TYPES:
            if value.upper() != "PEM":
                raise SettingError(f"kafka.properties.{name} is {value}: the service and publish read PEM files only; convert the store")
        elif name == _JAAS:
            found |= _login(value)
        elif name in _NAMES:
            found |= dict.fromkeys(_NAMES[name], _looked_up(value, name) or "none")  # no algorithm is "" in Java
        elif name.startswith(_SECURITY):
            raise SettingError(f"kafka.properties.{name}: Kafka's client of the service and of publish has nothing like it; leave it out")
    return found


def _login(value: str) -> dict[str, str]:
    """Return user and password of a login module."""
    module = _LOGIN.fullmatch(value)
    options = {name: "".join(parts) for name, *parts in _OPTION.findall(module["options"])} if module else {}
    if not options.keys() >= {"username", "password"}:
        raise SettingError(f"kafka.properties.{_JAAS}: the service and publish log in by PlainLoginModule or ScramLoginModule only")
    return {f"sasl.{key}": _looked_up(options[key], _JAAS) for key in ("username", "password")}


def _looked_up(value: str, name: str) -> str:
    """Return a value with what its references refer to."""

    def one(found: re.Match[str]) -> str:
        kind, place = found[1], found[2]
        try:
            return _referred(kind, place)
        except (KeyError, OSError):
            raise SettingError(f"kafka.properties.{name} refers to {kind}:{place}, which is not there") from None

    return REFERENCE.sub(one, value)


def _referred(kind: str, place: str) -> str:
    if kind == "env":
        return os.environ[place]
    path, _, key = place.rpartition(":")
    if kind == "directory":
        return (Path(path) / key).read_text(encoding="utf-8")
    lines = (line.partition("=") for line in Path(path).read_text(encoding="utf-8").splitlines())
    return {name.strip(): text.strip() for name, _, text in lines}[key]
