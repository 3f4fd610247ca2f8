"""Settings of the wire format, and the secrets of its keys: each fault is named with its mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import SettingError
from ops.fraud_detector.access_keys import access_keys
from ops.fraud_detector.settings import FraudDetectorSettings, OutcomeSettings


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"event_types": {"": "a.yaml"}}, "event_types"),
        ({"event_types": {"x" * 257: "a.yaml"}}, "event_types"),
        ({"access_keys": ("a b",)}, "access_keys"),
        ({"access_keys": ("shop", "SHOP")}, "access_keys"),
        ({"access_keys": ("SHOP",), "label_keys": ("BANK",)}, "label_keys"),
        ({"model": "My-Model"}, "model"),
    ],
)
def test_a_setting_that_cannot_be_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingError, match=rf"service\.fraud_detector\.{named}"):
        FraudDetectorSettings(**given)


@pytest.mark.parametrize("names", [("ok", "ok", "no"), ("", "b", "c"), ("a", "b b", "c")])
def test_outcomes_are_told_apart(names: tuple[str, str, str]) -> None:
    with pytest.raises(SettingError, match="outcomes"):
        OutcomeSettings(*names)


def test_a_secret_comes_from_its_variable_or_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bank").write_text("b" * 40 + "\n")
    monkeypatch.setenv("RINGWATCH_ACCESS_KEY_SHOP", "a" * 40)
    monkeypatch.setenv("RINGWATCH_ACCESS_KEY_BANK_FILE", str(tmp_path / "bank"))
    assert access_keys(("shop", "BANK")) == {"shop": b"a" * 40, "BANK": b"b" * 40}


@pytest.mark.parametrize("value", ["", "short", "with space " * 4, "ü" * 40])
def test_a_secret_that_is_none_is_refused_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_ACCESS_KEY_SHOP", value)
    with pytest.raises(SettingError, match="RINGWATCH_ACCESS_KEY_SHOP") as raised:
        access_keys(("SHOP",))
    assert not value or value not in str(raised.value)
