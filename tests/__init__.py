"""The tests: rooms as in the packages, the real job in `job`, slow oracles, what tests share in `support`."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The checkout."""
