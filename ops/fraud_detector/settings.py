"""What can be set about Amazon Fraud Detector's wire format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FraudDetectorSettings:
    """`POST /` as an unchanged client of Amazon Fraud Detector calls it."""

    enabled: bool = False
    """True: answer such calls. They are signed with an access key of their own."""
