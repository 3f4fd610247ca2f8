"""How rules reach numbers fast: functions compiled by numba, and arrays read from raw bytes."""
