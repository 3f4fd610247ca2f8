"""Limits of logins by name and by address, counted in the store: all instances count together."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.times import MINUTE_S
from ops.access.sessions import hash_of
from ops.access.settings import AccessSettings
from ops.cases.errors import CaseError
from ops.cases.store import Store, backend_of
from ops.cases.tables.access import Login


class TooManyLogins(CaseError):  # noqa: N818 - it is an answer, not a fault
    """A login that is not tried: too many failed before, or too many are tried at once."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many logins: try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def count_login(store: Store, name: str, address: str, settings: AccessSettings, now: int) -> None:
    """Count a login before it is tried, so that many at once count, too; raise `TooManyLogins`.

    What a refused address sends counts for no name, so rows grow by addresses times their limit at most.
    """
    window_ms = round(settings.login_window_min * MINUTE_S * 1000)
    late = 0
    with store.begin() as session:
        session.execute(delete(Login).where(Login.last_at < now - window_ms))
        for key, limit in _limits(name, address, settings):
            failures, first_at = _count(session, key, window_ms, now)
            if failures > limit:
                late = first_at + window_ms - now
                break
    if late:
        raise TooManyLogins(max(1, -(-late // 1000)))


def forget_failures(session: Session, name: str, address: str) -> None:
    """Count no failure of a name that has logged in, and one less of its address."""
    session.execute(delete(Login).where(Login.key == _name_key(name)))
    row = session.get(Login, _address_key(address))
    if row is not None:
        row.failures = max(0, row.failures - 1)


def _limits(name: str, address: str, settings: AccessSettings) -> Iterator[tuple[str, int]]:
    yield _address_key(address), settings.logins_per_address
    yield _name_key(name), settings.logins_per_name


def _name_key(name: str) -> str:
    """Return the key of a name: its hash, since people type their password there."""
    return f"name:{hash_of(name.strip().lower())}"


def _address_key(address: str) -> str:
    """Return the key of an address; one customer has a whole /64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return "address:none"
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64)
    return f"address:{found}"


def _count(session: Session, key: str, window_ms: int, now: int) -> tuple[int, int]:
    """Add one to a key's count; return the count and when it began. An old one begins anew."""
    insert = (sqlite if backend_of(session) == "sqlite" else postgresql).insert(Login)
    old = Login.first_at <= now - window_ms
    counted = insert.values(key=key, failures=1, first_at=now, last_at=now).on_conflict_do_update(
        index_elements=[Login.key],
        set_={
            "failures": case((old, 1), else_=Login.failures + 1),
            "first_at": case((old, now), else_=Login.first_at),
            "last_at": now,
        },
    )
    row = session.execute(counted.returning(Login.failures, Login.first_at)).one()
    return row.failures, row.first_at
