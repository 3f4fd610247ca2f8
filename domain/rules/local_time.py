"""The local time of an event: minute of the day and day of the week in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from domain.rules.names import nearest
from domain.times import DAY_MS, MINUTE_S

QUARTER_MS = 15 * MINUTE_S * 1000  # offsets of zones change at whole quarters of an hour only
_MINUTE_MS = MINUTE_S * 1000
_FIRST_WEEKDAY = 3  # 1970 began on a Thursday
_REMEMBERED = 4096  # quarters of an hour: six weeks
_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})  # another time on another machine, or none
_WITH_LEAP_SECONDS = "right/"


class UnknownZone(ValueError):  # noqa: N818 - it is what it names
    """A time zone that is not in the tz database; the message names the nearest one."""


class LocalTime:
    """Clock of one time zone; the zone's offset is computed once for a quarter of an hour."""

    def __init__(self, zone: str) -> None:
        """Raise `UnknownZone` for a name that the tz database does not have."""
        self._zone = zone_of(zone)
        self._offsets: dict[int, int] = {}

    def offset_ms(self, time_ms: int) -> int:
        """Return how far the zone's clock is ahead of UTC at a time in ms since 1970."""
        quarter = time_ms // QUARTER_MS
        offset = self._offsets.get(quarter)
        if offset is None:
            if len(self._offsets) >= _REMEMBERED:
                self._offsets.clear()
            offset = self._offsets[quarter] = self._looked_up(quarter * QUARTER_MS)
        return offset

    def minute(self, time_ms: int) -> int:
        """Return the minute of the local day, 0 to 1439."""
        return (time_ms + self.offset_ms(time_ms)) % DAY_MS // _MINUTE_MS

    def weekday(self, time_ms: int) -> int:
        """Return the local day of the week, 0 for Monday."""
        return ((time_ms + self.offset_ms(time_ms)) // DAY_MS + _FIRST_WEEKDAY) % 7

    def _looked_up(self, time_ms: int) -> int:
        offset = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(self._zone).utcoffset()
        return 0 if offset is None else round(offset.total_seconds() * 1000)


def zone_of(name: str) -> ZoneInfo:
    """Return a zone of the tz database; raise `UnknownZone` with the nearest name for another text."""
    try:
        if name in _OF_THE_MACHINE or name.startswith(_WITH_LEAP_SECONDS):
            raise ValueError
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
        near = nearest(name, sorted(available_timezones() - _OF_THE_MACHINE))
        mend = f"did you mean {near}?" if near else "write a name such as Europe/Berlin or UTC"
        raise UnknownZone(f"no such time zone; {mend}") from None


def clock_text(minute: int) -> str:
    """Return a minute of the day as people write it: 23:14."""
    return f"{minute // 60:02}:{minute % 60:02}"
