"""What an endpoint and its model let themselves be asked, as far as their answers have shown.

Each capability is on a rung, from what is asked for first down to what every endpoint takes:

| capability  | rungs |
|-------------|-------|
| cap         | `max_completion_tokens`, `max_tokens`: never none, for without a cap there is no budget |
| temperature | `as set`, `small` (for those who refuse 0), `out` |
| format      | `strict` (a JSON schema), `schema` (without strict mode), `object` (any JSON), `none` |
| system      | `own` (a message of its own), `merged` (into the user's) |
| effort      | `as set`, `low`, `out` |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from ops.llm.endpoint.names import Capability

LADDERS: Mapping[Capability, tuple[str, ...]] = MappingProxyType({
    Capability.CAP: ("max_completion_tokens", "max_tokens"),
    Capability.TEMPERATURE: ("as set", "small", "out"),
    Capability.FORMAT: ("strict", "schema", "object", "none"),
    Capability.SYSTEM: ("own", "merged"),
    Capability.EFFORT: ("as set", "low", "out"),
})  # fmt: skip

_LIMITS_HOLD_S = 3600.0
_MOST_FACTOR = 8
_TEXT = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model has room for, learned from its answers; it holds for an hour.

    `cap`: the most tokens it writes; `window`: of prompt and answer together; `tokens_per_byte`: of prompts;
    `too_long`: bytes of the shortest prompt for several incidents that was refused as too long.
    """

    cap: int | None = None
    window: int | None = None
    tokens_per_byte: float = 0.0
    too_long: int | None = None
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A capability that was refused: why, when it is tried again (epoch s), how often it worked since."""

    reason: str
    again_at: float
    pause_s: float
    worked: int = 0


@dataclass(frozen=True, slots=True)
class Agreed:
    """The rungs, and what else was learned. `proven`: a request like this was answered.

    `extra`: parameters that must be sent; `says_json`: the user's message must say json; `ignored`: names of
    caps that were not kept; `cap_factor`: how many times the usual cap the model needs; `owed`: rungs that a
    minimal request gave up although nobody refused them, to be tried one at a time.
    """

    cap: str = "max_completion_tokens"
    temperature: str = "as set"
    format: str = "strict"
    system: str = "own"
    effort: str = "as set"
    extra: Mapping[str, bool] = field(default_factory=dict)
    says_json: bool = False
    suffix: str = ""
    proven: bool = False
    ignored: tuple[str, ...] = ()
    cap_factor: int = 1
    limits: Limits = Limits()
    dropped: Mapping[str, Dropped] = field(default_factory=dict)
    owed: tuple[tuple[str, str], ...] = ()

    def rung(self, capability: Capability) -> str:
        """Return the rung of a capability."""
        return str(getattr(self, capability))

    def on(self, capability: Capability, rung: str) -> Agreed:
        """Return this with a capability on another rung."""
        changed: dict[str, Any] = {str(capability): rung}
        return replace(self, **changed)

    @property
    def rungs(self) -> tuple[object, ...]:
        """Return what tells one way of asking from another."""
        return (*map(self.rung, Capability), tuple(sorted(self.extra.items())), self.says_json, self.suffix)

    def with_limits(self, now: float, **learned: Any) -> Agreed:
        """Return this with limits learned at `now`, in epoch seconds."""
        return replace(self, limits=replace(self.limits_at(now), **learned, until=now + _LIMITS_HOLD_S))

    def limits_at(self, now: float) -> Limits:
        """Return the limits that still hold."""
        return self.limits if now < self.limits.until else Limits()

    def raised(self, times: int) -> Agreed:
        """Return this with a cap so many times as high."""
        return replace(self, cap_factor=min(_MOST_FACTOR, self.cap_factor * times))

    @property
    def cap_is_kept(self) -> bool:
        """Return whether the endpoint keeps the cap, as far as its answers show."""
        return self.cap not in self.ignored

    @property
    def may_rise(self) -> bool:
        """Return whether the cap can be raised further."""
        return self.cap_factor < _MOST_FACTOR

    def to_document(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)


def agreed_from(value: Any) -> Agreed:
    """Read what `Agreed.to_document` returned. Raises ValueError for anything else."""
    if not isinstance(value, Mapping):
        raise ValueError("no agreement: no object")
    try:
        known = {name: value[name] for name in (one.name for one in fields(Agreed)) if name in value}
        known["limits"] = Limits(**known.get("limits", {}))
        known["dropped"] = {Capability(name): Dropped(**one) for name, one in known.get("dropped", {}).items()}
        known["owed"] = tuple((str(name), str(rung)) for name, rung in known.get("owed", ()))
        known["ignored"] = tuple(map(str, known.get("ignored", ())))
        known["extra"] = {str(name): bool(value) for name, value in known.get("extra", {}).items()}
        agreed = Agreed(**known)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ValueError(f"no agreement: {type(error).__name__}") from error
    if any(agreed.rung(capability) not in LADDERS[capability] for capability in Capability):
        raise ValueError("no agreement: an unknown rung")
    return agreed


def terms(agreed: Agreed, cap: int, temperature: float | None) -> list[str]:
    """Return what is asked for and what is not, one thing a text."""
    said = {Capability(name): f' (refused: "{one.reason[:_TEXT]}")' for name, one in agreed.dropped.items()}
    temperatures = {"as set": f"temperature {temperature:g}" if temperature is not None else "no temperature", "small": "temperature 0.01"}
    formats = {"strict": "json_schema strict", "schema": "json_schema", "object": "json_object", "none": "no response format"}
    found = {
        Capability.CAP: f"{agreed.cap} {cap}",
        Capability.TEMPERATURE: temperatures.get(agreed.temperature, "no temperature"),
        Capability.FORMAT: formats[agreed.format],
        Capability.SYSTEM: "system message of its own" if agreed.system == "own" else "system merged into the user's message",
        Capability.EFFORT: "" if agreed.effort == "as set" else f"reasoning effort {agreed.effort}",
    }
    return [text + said.get(name, "") for name, text in found.items() if text] + list(_others(agreed))


def _others(agreed: Agreed) -> Iterable[str]:
    yield from (f"{name} {str(value).lower()} (asked for by the endpoint)" for name, value in agreed.extra.items())
    if agreed.suffix:
        yield f"{agreed.suffix} added to llm.base_url"
    if agreed.cap_factor > 1:
        yield f"a cap {agreed.cap_factor} times as high, as the model thinks first"
    if not agreed.cap_is_kept:
        yield "the cap is not kept by the endpoint"
