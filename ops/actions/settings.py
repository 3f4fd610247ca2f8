"""What can be set about actions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.errors import SettingError
from domain.graph import EVENT_TYPES
from ops.cases.action_kinds import BLOCK, HOLD, PAUSES, RELEASE, VERIFY
from ops.notify.outgoing.plain import check_address, check_way

NONE = "none"
DRY, LIVE = "dry", "live"
_OFFERED = (*PAUSES, NONE)
WEBHOOKS = ("https://", "http://")
_TARGETS = (*WEBHOOKS, "redis:", "kafka://")


@dataclass(frozen=True)
class ActionBudget:
    """How much is done in any hour at most. What is beyond becomes milder: a block `actions.otherwise`, a
    pause nothing.
    """

    blocks_per_hour: int = 100
    """Blocks."""
    pauses_per_hour: int = 500
    """Events that are held or verified."""
    kept_for_blocks: float = 0.2
    """Share of these pauses that is kept for decisions to block: decisions to investigate use none of it."""
    order_share: float = 0.05
    """Blocks as a share of all orders, which are the events of `actions.event_types`."""
    legitimate_share: float = 0.005
    """Legitimate orders that are blocked as a share of all legitimate ones, as the model's card has them."""

    def __post_init__(self) -> None:
        for name in ("blocks_per_hour", "pauses_per_hour"):
            if getattr(self, name) < 0:
                raise SettingError(f"actions.budget.{name} must not be negative; 0 allows none")
        for name in ("kept_for_blocks", "order_share", "legitimate_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingError(f"actions.budget.{name} must lie between 0 and 1")

    @property
    def kept(self) -> int:
        """How many pauses are kept for decisions to block."""
        return round(self.pauses_per_hour * self.kept_for_blocks)


@dataclass(frozen=True)
class ActionSettings:
    """Actions: what the shop is asked to do with an event, without a person. See docs/actions.md."""

    auto_block: bool = False
    """Whether decisions lead to actions. Off: nothing new is done; what was done is still released."""
    mode: str = DRY
    """`dry`: actions are only recorded; `live`: they are sent to `actions.target`."""
    target: str | None = None
    """Where they are sent: `https://...`, a signed webhook whose keys are in `RINGWATCH_ACTIONS_KEY`;
    `redis:NAME` or `kafka://BROKER/TOPIC`.
    """
    event_types: tuple[str, ...] = ("order",)
    """Types of events that are acted on."""
    min_precision: float = 0.9
    """A score blocks only from where the model's card has this precision, with 95% confidence."""
    otherwise: str = HOLD
    """What is done where a decision is to block, and the score is lower or the budget spent: `hold`,
    `verify` or `none`.
    """
    on_investigate: str = NONE
    """What is done where a decision is to investigate: `hold`, `verify` or `none`."""
    investigate_from: float = 0.0
    """Score from which `actions.on_investigate` is done."""
    budget: ActionBudget = field(default_factory=ActionBudget)
    expire_min: float = 5.0
    """An action that is not delivered so long after the decision is not sent at all. A release is sent
    however late.
    """
    hold_min: float = 120.0
    """A hold ends after this time: the shop is sent a release."""
    customer_notices: Mapping[str, str] = field(default_factory=dict)
    """Action -> name of the shop's template for a notice to the customer, as `{hold: order_on_hold}`. The
    shop sends it.
    """
    language: str | None = None
    """Language of these notices, such as `en`; null: the shop knows its customer's."""

    def __post_init__(self) -> None:
        if self.mode not in (DRY, LIVE):
            raise SettingError(f"actions.mode is {self.mode!r}: write {DRY} or {LIVE}")
        for name in ("otherwise", "on_investigate"):
            if getattr(self, name) not in _OFFERED:
                raise SettingError(f"actions.{name} is {getattr(self, name)!r}: write one of {', '.join(_OFFERED)}")
        if self.auto_block and self.mode == LIVE and self.target is None:
            raise SettingError("actions.target: name where actions are sent, or leave actions.mode at dry")
        if self.target is not None:
            _check_target(self.target)
        for name in ("min_precision", "investigate_from"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingError(f"actions.{name} must lie between 0 and 1")
        self._check_names()
        self._check_times()

    def check_way(self, allowed: Collection[str]) -> None:
        """Refuse http:// to a host that `notify.allow_private`, which is `allowed`, does not name."""
        if self.target is not None and self.target.startswith(WEBHOOKS):
            check_way("actions.target", self.target, allowed)

    def _check_names(self) -> None:
        if not self.event_types:
            raise SettingError(f"actions.event_types: name some of {', '.join(EVENT_TYPES)}")
        if unknown := next((name for name in self.event_types if name not in EVENT_TYPES), None):
            raise SettingError(f"actions.event_types: {unknown!r} is none of {', '.join(EVENT_TYPES)}")
        known = (BLOCK, HOLD, VERIFY, RELEASE)
        if unknown := next((name for name in self.customer_notices if name not in known), None):
            raise SettingError(f"actions.customer_notices: {unknown!r} is no action; write {', '.join(known)}")

    def _check_times(self) -> None:
        for name in ("expire_min", "hold_min"):
            if getattr(self, name) <= 0:
                raise SettingError(f"actions.{name} must be positive")
        if self.hold_min <= self.expire_min:
            raise SettingError("actions.hold_min must be longer than actions.expire_min: a hold would end before it is sent")


def _check_target(url: str) -> None:
    if not url.startswith(_TARGETS):
        raise SettingError("actions.target: write https://NAME/PATH, redis:NAME or kafka://BROKER/TOPIC")
    if url.startswith(WEBHOOKS):
        check_address("actions.target", url)
