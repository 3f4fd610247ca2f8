"""What people say of an incident, as labels of its alerts: each is said once, and again when it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from domain.decisions.alert import Alert
from domain.graph import LABEL
from ops.redis.connection import RedisWriteError, connect, place, refuse_lasting

FRAUD, LEGITIMATE, INCONCLUSIVE = "fraud", "legitimate", "inconclusive"
VERDICTS: Mapping[str, bool | None] = {FRAUD: True, LEGITIMATE: False, INCONCLUSIVE: None}
"""A verdict, and `is_fraud` of its labels: an inconclusive one withdraws what a verdict said before."""
SOURCE = "verdict"
_KEPT_S = 366 * 86_400
"""How long it is remembered what was said: longer than entities keep the links of events."""


@dataclass(frozen=True)
class Verdict:
    """What somebody says of the alerts of an incident."""

    incident: str
    word: str
    """One of `VERDICTS`."""
    by: str
    reason: str


@dataclass(frozen=True)
class NewLabel:
    """A label that was not written yet."""

    document: Mapping[str, Any]
    alert_key: str
    said: str
    """How the alert's memory is to read once it is written."""


class VerdictMemory:
    """What was said of each alert of an incident, by the place where it was said: a hash by alert.

    It makes verdicts idempotent: what is said again in the same place changes nothing; what is said otherwise
    has the next number, and so another id. Of what was not said there before nothing need be withdrawn.
    """

    def __init__(self, url: str, prefix: str, incident: str, place: str, timeout_s: float = 10.0) -> None:
        """Connect at the first call; `place` is the URL that the labels go to."""
        self._place = place.partition("?")[0]
        self._client = connect(url, prefix, timeout_s, RedisWriteError)
        self._name = f"{prefix}verdict:{incident}"

    def new_labels(self, verdict: Verdict, alerts: Sequence[Alert], time_ms: int) -> list[NewLabel]:
        """Return the labels, of that time, that say what was not said of these alerts.

        Raises RedisWriteError.
        """
        keys = [_alert_key(alert) for alert in alerts]
        known = self._call(lambda: self._client.hmget(self._name, keys)) if keys else []
        return list(_new_labels(verdict, self._place, alerts, keys, known, time_ms))

    def remember(self, labels: Sequence[NewLabel]) -> None:
        """Note labels that were written; before that they count as not said."""
        if labels:
            self._call(lambda: self._client.hset(self._name, mapping={label.alert_key: label.said for label in labels}))
            self._call(lambda: self._client.expire(self._name, _KEPT_S))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _call(self, command: Any) -> Any:
        try:
            return command()
        except RedisError as error:
            refuse_lasting(self._client, error, RedisWriteError)
            raise RedisWriteError(
                f"Redis at {place(self._client)} does not answer ({error}): give the verdict again when it does."
            ) from None


def _new_labels(
    verdict: Verdict, place: str, alerts: Sequence[Alert], keys: Sequence[str], known: Sequence[str | None], time_ms: int
) -> Iterator[NewLabel]:
    for alert, key, before in zip(alerts, keys, known, strict=True):
        said = _said(before or "")
        if said.get(place, (0, INCONCLUSIVE))[1] == verdict.word:
            continue
        number, word = max(said.values(), default=(0, INCONCLUSIVE))
        if place in said or word != verdict.word:  # else it is the label of another place, with its id
            number += 1
        said[place] = (number, verdict.word)
        yield NewLabel(_label(verdict, alert, key, number, time_ms), key, "\n".join(f"{n}:{word}:{at}" for at, (n, word) in said.items()))


def _said(text: str) -> dict[str, tuple[int, str]]:
    """Return number and word of what was said last in each place, from lines of `number:word:place`."""
    lines = (line.split(":", 2) for line in text.splitlines())
    return {place[0] if place else "": (int(number), word) for number, word, *place in lines}


def _label(verdict: Verdict, alert: Alert, key: str, number: int, time_ms: int) -> dict[str, Any]:
    return {
        "event_id": f"verdict:{verdict.incident}:{number}:{key}",
        "event_type": LABEL,
        "event_time": max(time_ms, alert.time_ms),
        "pseudonyms": dict(alert.decision.entities),
        "subject_event_id": alert.event_id,
        "is_fraud": VERDICTS[verdict.word],
        "source": SOURCE,
        "attributes": {"incident": verdict.incident, "by": verdict.by, "reason": verdict.reason},
    }


def _alert_key(alert: Alert) -> str:
    text = f"{alert.account or ''}\0{alert.event_id}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
