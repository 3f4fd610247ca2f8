"""How severe an incident is and what to do about it: a rule in code, never the language model's choice."""

from dataclasses import dataclass

from domain.decisions.alert import SEVERITIES
from domain.incidents.money import yardstick
from domain.incidents.tally import IncidentTally

ACTIONS = ("block", "verify", "escalate", "monitor")
GRAVITY = ("monitor", "verify", "escalate", "block")
"""The same by how grave an incident must be for them."""


@dataclass(frozen=True, slots=True)
class TriageSettings:
    """What makes an incident graver than its alerts are one by one."""

    many_accounts: int = 5
    """An incident with this many accounts is one step graver."""
    much_money: float = 5_000.0
    """An incident with this much money at risk, in any one currency, is one step graver. In euros, by rough
    rates of 2025; a currency without one counts as the euro, a hundredth of it without a minor unit.
    """
    blocks_for_block: int = 3
    """From this many blocked events on the action can be to block the ring."""

    def __post_init__(self) -> None:
        for name in ("many_accounts", "much_money", "blocks_for_block"):
            if getattr(self, name) <= 0:
                raise ValueError(f"incidents.triage.{name} is {getattr(self, name)}: set it above 0")


def incident_severity(tally: IncidentTally, settings: TriageSettings) -> str:
    """Return the severity of the gravest alert, a step higher for many accounts and one more for much money.

    Alerts that nothing connects do not add up: they are as severe as the gravest. The severity never falls
    while an incident grows.
    """
    if not tally.connected:
        return SEVERITIES[tally.severity]
    steps = (tally.participants.distinct("account") >= settings.many_accounts) + (money_of(tally) >= settings.much_money)
    return SEVERITIES[min(tally.severity + steps, len(SEVERITIES) - 1)]


def incident_action(tally: IncidentTally, severity: str, settings: TriageSettings) -> str:
    """Return what the analyst should do with the ring.

    - block: enough events are blocked, and they are at least half of the alerts;
    - escalate: high or critical, but the decisions alone do not carry a block;
    - verify: medium, or an event is blocked;
    - monitor: otherwise.
    """
    blocked = tally.decisions.get("block", 0)
    if blocked >= settings.blocks_for_block and 2 * blocked >= tally.alerts:
        return "block"
    if SEVERITIES.index(severity) >= SEVERITIES.index("high"):
        return "escalate"
    return "verify" if blocked or severity == "medium" else "monitor"


def money_of(tally: IncidentTally) -> float:
    """Return the largest sum of any currency, in orders and payments or in refund requests, on the
    yardstick.
    """
    sums = (*tally.money.items(), *tally.refunds.items())
    return max((yardstick(units, currency) for currency, units in sums), default=0.0)
