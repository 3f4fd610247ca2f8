"""The parts of Amazon Fraud Detector's wire format put together from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from domain.errors import SettingError
from gnn.table_import import TableError, load_mapping
from gnn.table_import.one_row.row_mapping import RowMapping
from ops.api.fraud_detector_engine import ScoringEngine
from ops.cases.store import Store
from ops.fraud_detector.access_keys import access_keys
from ops.fraud_detector.fraud_detector import FraudDetector
from ops.fraud_detector.settings import FraudDetectorSettings
from ops.scoring.scoring import Scoring


def fraud_detector_of(
    settings: FraudDetectorSettings, mappings: Mapping[str, RowMapping], scoring: Scoring, store: Store | None
) -> FraudDetector | None:
    """Return what answers the calls, None if no access key is named; raise `SettingError`."""
    if not settings.access_keys:
        return None
    return FraudDetector(settings, mappings, access_keys(settings.access_keys), ScoringEngine(scoring, store))


def mappings_of(settings: FraudDetectorSettings) -> dict[str, RowMapping]:
    """Return the mapping of each event type; raise `SettingError` that names the file and the key."""
    return {name: _mapping(name, path) for name, path in settings.event_types.items()}


def _mapping(name: str, path: str) -> RowMapping:
    try:
        return RowMapping(load_mapping(Path(path)))
    except TableError as error:
        raise SettingError(f"service.fraud_detector.event_types.{name}: {error}") from None
