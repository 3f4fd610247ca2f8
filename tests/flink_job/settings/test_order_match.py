"""Events that wait in a savepoint are neither left there unasked nor misread."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.settings.flink_options import restore_path
from flink_job.settings.order_match import check_order, order_uid
from flink_job.settings.settings import Settings, load

IN_ORDER, PLAIN = load(None, ["job.order=event_time"]), load(None)
IGNORE = "job.flink.execution.state-recovery.ignore-unclaimed-state=true"
OTHER = load(None, ["job.order=event_time", "graph.numeric_attributes=[distance]"])


def state_of(folder: Path, *uids: str) -> Path:
    (folder / "_metadata").write_bytes(b"".join(b"\x00\x01x" + len(uid).to_bytes(2, "big") + uid.encode() for uid in uids))
    return folder


def test_what_waits_goes_on_in_its_order_only(tmp_path: Path) -> None:
    state = state_of(tmp_path, "stage-account", order_uid("account", IN_ORDER))
    check_order(state, IN_ORDER)
    with pytest.raises(SettingError, match=r"^job\.order is arrival, and .* --set job\.order=event_time\. .*order_held is 0"):
        check_order(state, PLAIN)


def test_what_waits_is_given_up_of_the_state_that_is_named_only(tmp_path: Path) -> None:
    """Flink's option may be set for another reason; both may be left in the file since a change before."""
    state, before = tmp_path / "savepoint-2", tmp_path / "savepoint-1"
    state.mkdir()
    before.mkdir()
    state_of(state, order_uid("account", IN_ORDER))
    for settings in ([IGNORE], [IGNORE, f"job.discard_waiting={before}"], [f"job.discard_waiting={state}"]):
        with pytest.raises(SettingError, match=r"^job\.order is arrival.*--set job\.discard_waiting=SAVEPOINT"):
            check_order(state, load(None, settings))
    for named in (str(state), state.as_uri(), f"{state}/"):
        check_order(state, load(None, [IGNORE, f"job.discard_waiting={named}"]))


def test_what_waits_in_another_layout_is_refused(tmp_path: Path) -> None:
    """A trail has no version: as another version of it is read, it would make no sense."""
    state = state_of(tmp_path, order_uid("account", OTHER))
    check_order(state, OTHER)
    for settings in ([], [IGNORE]):
        with pytest.raises(SettingError, match=r"^events may wait in .* as another version of ringwatch, or other settings, wrote them"):
            check_order(state, load(None, ["job.order=event_time", *settings]))
    check_order(state, load(None, ["job.order=event_time", IGNORE, f"job.discard_waiting={state}"]))


@pytest.mark.parametrize("settings", [IN_ORDER, PLAIN], ids=["in order", "by arrival"])
def test_state_without_an_order_is_read_with_and_without_one(tmp_path: Path, settings: Settings) -> None:
    check_order(state_of(tmp_path, "stage-account", "order"), settings)


def test_a_start_asks(tmp_path: Path) -> None:
    state = state_of(tmp_path, order_uid("account", IN_ORDER))
    with pytest.raises(SettingError, match=r"^job\.order is arrival"):
        restore_path(load(None, [f"job.restore_from={state}"]))
    assert restore_path(load(None, [f"job.restore_from={state}", "job.order=event_time"])) == state.as_uri()


def test_another_order_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match=r"job\.order is 'time': write arrival or event_time"):
        load(None, ["job.order=time"])
