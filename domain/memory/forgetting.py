"""An account forgotten: what of it leaves the records of its entities.

Its own record goes. In those of a device, an address or a place its links go, what labels
said of its events, and the ring's label where it
is the account's pseudonym; a record that nobody else has a part in goes as well. Counters and marks stay, for
they are sums of all accounts and name none. This is asked for seldom, and so it is not compiled.
"""

from __future__ import annotations

import numpy as np

from domain.memory.label_book import ENTRY, ENTRY_BYTES
from domain.memory.place_record import PLACE_BYTES, PLACE_HEAD, PLACE_HEAD_BYTES, PLACE_MARKS_AT
from domain.memory.record import BITMAP_BYTES, NEVER, RecordLayout
from domain.memory.trail import NO_RING

CLEARED = b""
"""In the place of a record: there is none any more."""


def forgotten(record: bytes, layout: RecordLayout | None, account: int) -> bytes:
    """Return an entity's record, of the current version, without the account; `CLEARED` if nothing is left.

    `layout` is None for a place.
    """
    if layout is None:
        return _of_place(record, account)
    return CLEARED if layout.position == 0 else _of_entity(record, layout, account)


def _of_entity(record: bytes, layout: RecordLayout, account: int) -> bytes:
    head = np.frombuffer(record, layout.fixed_dtype, 1).copy()
    book_at = layout.fixed_bytes + 8 * int(head["n_ids"][0])
    links_at = book_at + ENTRY_BYTES * int(head["n_labels"][0])
    book = np.frombuffer(record, ENTRY, int(head["n_labels"][0]), book_at)
    said = book[book["account"] != account]
    links = np.frombuffer(record, layout.link_dtype, offset=links_at)
    left = links[links["others"][:, 0] != account]
    if not len(left) and not _others(head["bitmaps"][0].tobytes(), account):
        return CLEARED
    head["n_links"], head["n_labels"] = len(left), len(said)
    if len(said) < len(book):
        head["labels_gone"] = 1
    _leave_ring(head, account)
    return b"".join((head.tobytes(), record[layout.fixed_bytes : book_at], said.tobytes(), left.tobytes()))


def _of_place(record: bytes, account: int) -> bytes:
    marks = record[PLACE_MARKS_AT:PLACE_BYTES]
    if not _others(marks, account):
        return CLEARED
    head = np.frombuffer(record, PLACE_HEAD, 1).copy()
    _leave_ring(head, account)
    return head.tobytes() + record[PLACE_HEAD_BYTES:]


def _others(marks: bytes, account: int) -> bool:
    """Return whether another account is marked as met, as `learning.has_others` does.

    In plain Python: a compiled function that is called from here would be compiled in the job's own thread.
    """
    own_at, own = (account >> 3) % BITMAP_BYTES, 1 << (account & 7)
    return any(bits and (at % BITMAP_BYTES != own_at or bits != own) for at, bits in enumerate(marks[: 2 * BITMAP_BYTES]))


def _leave_ring(head: np.ndarray, account: int) -> None:
    """Let the next event begin the ring of an entity anew, if its label is the account's pseudonym."""
    if int(head["ring"][0]) == account:
        head["ring"], head["ring_seen"] = NO_RING, NEVER
