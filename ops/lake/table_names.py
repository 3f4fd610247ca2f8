"""The tables of the lake by name; what is in them: `ops.lake.tables`."""

from __future__ import annotations

DECISIONS, ALERTS, INCIDENTS, SUMMARIES = "decisions", "alerts", "incidents", "summaries"
LABELS, VERDICTS, CONTROL, EVENTS, FEATURES = "labels", "verdicts", "control", "events", "features"
TABLES = (DECISIONS, ALERTS, INCIDENTS, SUMMARIES, LABELS, VERDICTS, CONTROL, EVENTS, FEATURES)
