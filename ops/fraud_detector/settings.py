"""What can be set about Amazon Fraud Detector's wire format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from domain.errors import SettingError

_KEY_ID = re.compile(r"[A-Za-z0-9_]{3,128}", re.ASCII)
_LONGEST_NAME = 256
_MODEL = re.compile(r"[0-9a-z_]{1,64}", re.ASCII)
_OUTCOME = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class OutcomeSettings:
    """Names of the outcomes that clients are answered, as their code knows them."""

    approve: str = "approve"
    """Of `approve`."""
    investigate: str = "investigate"
    """Of `investigate`, such as `review`."""
    block: str = "block"
    """Of `block`."""

    def __post_init__(self) -> None:
        names = [getattr(self, outcome.name) for outcome in fields(self)]
        for outcome, name in zip(fields(self), names, strict=True):
            if not _OUTCOME.fullmatch(name):
                raise SettingError(
                    f"service.fraud_detector.outcomes.{outcome.name} is {name!r}: write letters, digits, _ and -, 64 at most"
                )
        if len(set(names)) < len(names):
            raise SettingError("service.fraud_detector.outcomes: two outcomes have one name, and clients could not tell them apart")


@dataclass(frozen=True)
class FraudDetectorSettings:
    """`POST /` as an unchanged client of Amazon Fraud Detector calls it. See docs/amazon.md."""

    event_types: Mapping[str, str] = field(default_factory=dict)
    """Name of an event type as clients name it -> mapping file (docs/mapping.md) that makes events of its
    variables, as `{registration: deploy/mappings/aws_registration.yaml}`. A `detail-type` of EventBridge
    is such a name, too.
    """
    access_keys: tuple[str, ...] = ()
    """Ids of the access keys that calls are signed with, as `[SHOP]`; `[]`: no call is answered. Each has
    the role `checkout`. The secret of `SHOP` is in `RINGWATCH_ACCESS_KEY_SHOP`, or in a file that
    `RINGWATCH_ACCESS_KEY_SHOP_FILE` names.
    """
    label_keys: tuple[str, ...] | None = None
    """Those of `access_keys` that may send labels: who can send events need not be able to clear a fraud.
    `[]`: none. null: every one.
    """
    regions: tuple[str, ...] = ()
    """Regions that calls may be signed for, as `[eu-west-1]`; `[]`: any."""
    detectors: tuple[str, ...] = ()
    """Values of `detectorId` that are known; `[]`: any."""
    model: str = "ringwatch"
    """Name of the model in answers: the score is called `MODEL_insightscore`."""
    outcomes: OutcomeSettings = field(default_factory=OutcomeSettings)

    def __post_init__(self) -> None:
        for name in self.event_types:
            if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
                raise SettingError(f"service.fraud_detector.event_types: {name!r} is no name of an event type; 1 to 256 letters are")
        for key in self.access_keys:
            if not _KEY_ID.fullmatch(key):
                raise SettingError(f"service.fraud_detector.access_keys: {key!r} is no id of a key; write 3 to 128 letters, digits and _")
        if len({key.upper() for key in self.access_keys}) < len(self.access_keys):
            raise SettingError(
                "service.fraud_detector.access_keys: two ids are one without their case, and so are the names of their secrets"
            )
        for key in self.label_keys or ():
            if key not in self.access_keys:
                raise SettingError(f"service.fraud_detector.label_keys names {key}, which is not among access_keys: name it there, too")
        if not _MODEL.fullmatch(self.model):
            raise SettingError(f"service.fraud_detector.model is {self.model!r}: write small letters, digits and _, 64 at most")
