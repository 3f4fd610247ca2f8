"""Keys of control records, from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from ops.secrets import control_keys

KEY = "0123456789abcdef"


def test_each_key_has_a_variable_of_its_own_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "desk").write_text(KEY[::-1] + "\n")
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", KEY)
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_DESK_2_FILE", str(tmp_path / "desk"))
    keys = control_keys(["ops", "desk_2"])
    assert keys is not None
    assert keys.signed({}, "ops")["signature"]["mac"] != keys.signed({}, "desk_2")["signature"]["mac"]
    assert KEY not in repr(keys)


def test_no_name_no_keys() -> None:
    assert control_keys([]) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "ops is not known: put it into RINGWATCH_CONTROL_KEY_OPS, or the name of its file into RINGWATCH_CONTROL_KEY_OPS_FILE"),
        ("", "is not known"),
        (KEY[1:], "RINGWATCH_CONTROL_KEY_OPS has 15 bytes, at least 16 make a key"),
    ],
)  # fmt: skip
def test_a_key_that_is_none_is_named(value: str | None, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_CONTROL_KEY_OPS", raising=False)
    if value is not None:
        monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", value)
    with pytest.raises(SettingError) as caught:
        control_keys(["ops"])
    assert words in str(caught.value)
    assert KEY[1:] not in str(caught.value)
