"""The job's Kafka properties as the client in Python takes them; tests/job tries them with a broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.settings.kafka_client import client_properties
from flink_job.settings.kafka_settings import KafkaSettings

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required username=shop password=${env:SHOP};"


def of(**properties: str) -> dict[str, str]:
    return client_properties(KafkaSettings(properties={name.replace("__", "."): value for name, value in properties.items()}))


def test_names_of_tls_and_login_are_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", 'odd; "word" = 1')
    found = of(
        security__protocol="SASL_SSL", ssl__truststore__type="PEM", ssl__truststore__location="/ca.pem", ssl__keystore__location="/me.pem",
        ssl__endpoint__identification__algorithm="", sasl__mechanism="PLAIN", sasl__jaas__config=PLAIN, fetch__min__bytes="1",
    )  # fmt: skip
    assert found == {
        "security.protocol": "SASL_SSL", "ssl.ca.location": "/ca.pem", "ssl.certificate.location": "/me.pem", "ssl.key.location": "/me.pem",
        "ssl.endpoint.identification.algorithm": "none", "sasl.mechanism": "PLAIN", "sasl.username": "shop",
        "sasl.password": 'odd; "word" = 1',
    }  # fmt: skip


@pytest.mark.parametrize("user", ["'the shop'", '"the shop"'])
def test_secrets_of_files_and_scram(tmp_path: Path, user: str) -> None:
    (tmp_path / "secret").write_text("sesame")
    (tmp_path / "all.properties").write_text("other=1\npassword = opened = yes\n")
    module = f"org.apache.kafka.common.security.scram.ScramLoginModule required username={user} password="
    for reference, secret in ((f"directory:{tmp_path}:secret", "sesame"), (f"file:{tmp_path}/all.properties:password", "opened = yes")):
        found = of(sasl__jaas__config=f'{module}"${{{reference}}}";')
        assert found == {"sasl.username": "the shop", "sasl.password": secret}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"ssl__truststore__type": "JKS"}, r"kafka\.properties\.ssl\.truststore\.type is JKS: .* PEM files only"),
        ({"sasl__login__class": "x.Y"}, r"kafka\.properties\.sasl\.login\.class: .* leave it out"),
        ({"sasl__jaas__config": "com.sun.security.auth.module.Krb5LoginModule required;"}, r"sasl\.jaas\.config: .*PlainLoginModule"),
        ({"sasl__jaas__config": PLAIN}, r"kafka\.properties\.sasl\.jaas\.config refers to env:SHOP, which is not there"),
        ({"ssl__key__password": "${directory:/nowhere:key}"}, r"ssl\.key\.password refers to directory:/nowhere:key"),
        ({"ssl__key__password": "${file:/nowhere:key}"}, r"ssl\.key\.password refers to file:/nowhere:key"),
    ],
)
def test_what_it_cannot_take_is_refused_by_name(properties: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP", raising=False)
    with pytest.raises(SettingError, match=said):
        of(**properties)
