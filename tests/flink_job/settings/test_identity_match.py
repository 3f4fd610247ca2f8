"""State is read under the pseudonyms that it was made with, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.events.identity import IdentitySettings
from flink_job.settings.identity_match import check_identity, stage_uid

FIRST, USUAL = IdentitySettings(pseudonyms=1), IdentitySettings()
OTHERS = [IdentitySettings(ipv6_prefix=56), IdentitySettings(email_tags=()), IdentitySettings(email_dots=())]


def state_of(folder: Path, identity: IdentitySettings) -> Path:
    """Write what Flink writes of the uids: two bytes of length, then the text."""
    uids = [stage_uid("account", identity).encode(), b"stage-device"]
    (folder / "_metadata").write_bytes(b"".join(b"\x00\x01x" + len(uid).to_bytes(2, "big") + uid for uid in uids))
    return folder


@pytest.mark.parametrize("identity", [FIRST, USUAL, *OTHERS])
def test_state_goes_on_under_its_own_settings(tmp_path: Path, identity: IdentitySettings) -> None:
    check_identity(state_of(tmp_path, identity), identity)


@pytest.mark.parametrize("identity", [USUAL, *OTHERS])
def test_state_of_the_first_version_names_the_setting_that_keeps_it(tmp_path: Path, identity: IdentitySettings) -> None:
    with pytest.raises(SettingError, match=r"version 1: go on with --set identity\.pseudonyms=1"):
        check_identity(state_of(tmp_path, FIRST), identity)


@pytest.mark.parametrize("identity", [FIRST, *OTHERS])
def test_state_of_other_settings_is_refused(tmp_path: Path, identity: IdentitySettings) -> None:
    with pytest.raises(SettingError, match="other settings of identity or another RINGWATCH_PSEUDONYM_KEY"):
        check_identity(state_of(tmp_path, USUAL), identity)


def test_state_of_another_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "one")
    state = state_of(tmp_path, USUAL)
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "two")
    with pytest.raises(SettingError, match="another RINGWATCH_PSEUDONYM_KEY"):
        check_identity(state, USUAL)


def test_the_uid_of_the_first_version_stays() -> None:
    assert [stage_uid(kind, FIRST) for kind in ("account", "device")] == ["stage-account", "stage-device"]
    assert stage_uid("device", USUAL) == "stage-device"
