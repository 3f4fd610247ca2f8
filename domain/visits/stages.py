"""One event through stages, in compiled code."""

from __future__ import annotations

import numpy as np

from domain.kernel.compiled import compiled_entry
from domain.kernel.raw_bytes import array_at, bytes_at, copy_into
from domain.memory.link import SUMMARY_BYTES
from domain.memory.stage_table import STAGE
from domain.visits.entity import visit_entity
from domain.visits.outcome import ABSENT, DUPLICATE, NOT_CURRENT
from domain.visits.place import visit_place
from domain.visits.record_views import RECORD_ROOM

_STAGE_BYTES = STAGE.itemsize


@compiled_entry
def pass_stages(room: int, given_at: int, trail_at: int, sizes_at: int, table_at: int, records_at: int, first: int, stages: int) -> int:
    """Take an event through S `stages` from `first` on; return the greatest outcome.

    Arguments that end in `_at` are addresses, see `compiled_entry`:

    - `given_at` u1[room]: the encoded trail and the S stored records, end to end;
    - `sizes_at` i8[1 + 2S]: how many bytes each of them has. Overwritten by the new sizes (0: nothing to
      store) and, after these, the outcomes;
    - `trail_at`: the longer trail is written here;
    - `table_at`: the whole `stage_table`;
    - `records_at` u1[S, RECORD_ROOM]: the new records are written here.
    """
    given, sizes = bytes_at(given_at, room), array_at(bytes_at(sizes_at, 8 + 16 * stages), 0, 1 + 2 * stages, np.int64)
    trail = bytes_at(trail_at, room + stages * (2 + SUMMARY_BYTES))
    table = array_at(bytes_at(table_at, (first + stages) * _STAGE_BYTES), first * _STAGE_BYTES, stages, STAGE)
    at = end = copy_into(trail, 0, given[: sizes[0]])
    worst = ABSENT
    for index in range(stages):
        size, sizes[1 + index] = sizes[1 + index], 0
        stored, stage, record = given[at : at + size], table[index], bytes_at(records_at + index * RECORD_ROOM, RECORD_ROOM)
        at += size
        outcome = ABSENT
        if worst < DUPLICATE:
            if stage["position"] < stage["entities"]:
                outcome, end, sizes[1 + index] = visit_entity(stored, trail, end, stage, record)
            else:
                outcome, sizes[1 + index] = visit_place(stored, trail, stage, record)
        sizes[1 + stages + index] = outcome
        if outcome == NOT_CURRENT:
            return outcome
        worst = max(worst, outcome)
    sizes[0] = end
    return worst
