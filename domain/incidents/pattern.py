"""A guess at the pattern of an attack, from the facts alone."""

from collections.abc import Mapping
from typing import Any

_FEW = 3  # below three accounts or alerts nothing repeats


def pattern_of(facts: Mapping[str, Any]) -> str:
    """Return the first pattern of `summary.PATTERNS` that holds for `facts`, the facts' values by name.

    What nothing connects has no pattern. A single account is a lone account unless another pattern holds.

    - wave: the facts are those of a wave, which has no alerts;
    - refund abuse: at least half of the alerts are refund requests;
    - account takeover: at least half are logins and account changes, with at least one change;
    - card testing: at least half are payments of a tiny amount;
    - device farm, reshipping address: three accounts or more, one device or address in half of the alerts,
      whichever is shared more; or three accounts or more for each device or address, on average.
    """
    if any(name.startswith("wave_") for name in facts):
        return "wave"
    alerts = facts["alerts"]
    if "unconnected" in facts:
        return "unclear"
    fallback = "lone account" if facts.get("distinct_account") == 1 else "unclear"
    if alerts < _FEW:
        return fallback
    half = alerts / 2
    if facts.get("type_refund_request", 0) >= half:
        return "refund abuse"
    changes = facts.get("type_account_change", 0)
    if changes and changes + facts.get("type_login", 0) >= half:
        return "account takeover"
    if facts.get("small_payments", 0) >= half:
        return "card testing"
    device, address = facts.get("shared_device", 0), facts.get("shared_address", 0)
    if facts.get("distinct_account", 0) >= _FEW and max(device, address) >= half:
        return "device farm" if device >= address else "reshipping address"
    if _gathers("device", facts):
        return "device farm"
    return "reshipping address" if _gathers("address", facts) else fallback


def _gathers(kind: str, facts: Mapping[str, Any]) -> bool:
    """Return whether a few things of `kind` gather the accounts; where few alerts name one, its count says
    nothing.
    """
    shared, distinct = int(facts.get(f"shared_{kind}", 0)), int(facts.get(f"distinct_{kind}", 0))
    return shared * distinct >= facts["alerts"] and int(facts.get("distinct_account", 0)) >= _FEW * distinct
