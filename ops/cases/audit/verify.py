"""The chain checked from its first entry to its head.

What a person with the database's password changes, removes, reorders or cuts off shows here, unless all
hashes from there on were made anew: that shows against a head that was noted elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.audit.chain import START, commitment_to, entry_hash
from ops.cases.errors import Invalid
from ops.cases.tables import AuditEntry, AuditHead, AuditSubject

_PART = 1000
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Head:
    """An end of the chain: how many entries, and the hash of the last. Note it where nobody changes it."""

    seq: int
    hash: str

    @classmethod
    def of(cls, text: str) -> Head:
        """Read `12:9f86...`. Raises `Invalid`."""
        seq, _, hashed = text.partition(":")
        if not seq.isascii() or not seq.isdigit() or len(hashed) != len(START):
            raise Invalid("head", "write it as NUMBER:HASH, as ringwatch store verify prints it")
        return cls(int(seq), hashed)

    def __str__(self) -> str:
        """Return the head as `of` reads it."""
        return f"{self.seq}:{self.hash}"


@dataclass
class Verified:
    """What the check found."""

    head: Head
    problems: list[str] = field(default_factory=list)
    """Empty if the chain is whole; the first ones, a sentence each."""
    erased: int = 0
    """Entries whose private part was erased."""


def verify(session: Session, noted: Sequence[Head] = ()) -> Verified:
    """Check the whole chain, and that it goes through the heads that were noted before."""
    head = session.execute(select(AuditHead.seq, AuditHead.hash)).first()
    found = Verified(Head(*head) if head else Head(0, START))
    if head is None:
        found.problems.append("the head of the chain was removed")
    for problem in _problems(session, found, {one.seq: one.hash for one in noted}):
        if len(found.problems) == _MOST_PROBLEMS:
            break
        found.problems.append(problem)
    return found


def _problems(session: Session, found: Verified, noted: dict[int, str]) -> Iterator[str]:
    seq, previous = 0, START
    for entry, beside in _rows(session):
        if entry.seq != seq + 1:
            yield _gap(seq + 1, entry.seq - 1)
        if entry.previous != previous:
            yield f"entry {entry.seq} does not follow the one before it"
        if _hash_of(entry) != entry.hash:
            yield f"entry {entry.seq} was changed"
        if noted.get(entry.seq, entry.hash) != entry.hash:
            yield f"entry {entry.seq} is not the one whose hash was noted"
        yield from _problem_beside(found, entry, beside)
        seq, previous = entry.seq, entry.hash
    if (seq, previous) != (found.head.seq, found.head.hash):
        yield f"the chain ends with entry {seq}, its head says {found.head.seq}: entries were cut off or added by hand"
    if noted and max(noted) > seq:
        yield f"the chain ends with entry {seq}, and {max(noted)} were noted"


def _rows(session: Session) -> Iterator[tuple[AuditEntry, AuditSubject | None]]:
    """Yield all entries in order, in parts: a long chain does not fill the memory."""
    after = -1
    while True:
        statement = select(AuditEntry, AuditSubject).outerjoin(AuditSubject, AuditSubject.seq == AuditEntry.seq)
        part = session.execute(statement.where(AuditEntry.seq > after).order_by(AuditEntry.seq).limit(_PART)).all()
        yield from ((entry, beside) for entry, beside in part)
        if len(part) < _PART:
            return
        after = part[-1][0].seq
        session.expunge_all()


def _gap(first: int, last: int) -> str:
    if first > last:
        return f"entry {last + 1} is there twice"
    return f"entry {first} was removed" if first == last else f"entries {first} to {last} were removed"


def _hash_of(entry: AuditEntry) -> str:
    said = (entry.at, entry.actor, entry.action, entry.subject, entry.details, entry.commitment, entry.previous)
    return entry_hash(entry.seq, *said)


def _problem_beside(found: Verified, entry: AuditEntry, beside: AuditSubject | None) -> Iterator[str]:
    if entry.commitment is not None and beside is None:
        found.erased += 1
    elif beside is not None and commitment_to(beside.salt, beside.entity, beside.text) != entry.commitment:
        yield f"what is kept beside entry {entry.seq} was changed"
