"""Who calls: by token, by session, or from this machine while there are no users."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from domain.times import now_ms
from ops.access.roles import LOCAL, Caller
from ops.access.sessions import caller_by_session
from ops.access.settings import AccessSettings
from ops.access.shared_looks import SharedLooks
from ops.access.token_memory import TokenMemory
from ops.access.tokens import caller_by_token
from ops.cases.store import Store
from ops.cases.tables.access import Token, User

_LOOK_S, _STALE_S = 1.0, 5.0  # a service without users looks for the first one so often; waits for it so late


@dataclass(frozen=True)
class Credentials:
    """What a request says of its caller."""

    token: str | None = None
    session: str | None = None


class Access:
    """The callers of a service."""

    def __init__(self, store: Store, settings: AccessSettings, clock: Callable[[], int] = now_ms) -> None:
        self.store, self.settings, self.clock = store, settings, clock
        self.tokens = TokenMemory(lambda text: caller_by_token(store, text, self.clock()))
        self._guarded = settings.oidc.issuer is not None
        self._looked_at, self._looks = float("-inf"), SharedLooks[None]()

    async def caller(self, credentials: Credentials, is_use: bool = True) -> Caller | None:
        """Return who calls, None for nobody. With `is_use` a session is used. Raises `StoreError`."""
        if not self._guarded and await self._is_open():
            return LOCAL
        if credentials.token is not None:
            return await self.tokens.caller(credentials.token)
        if credentials.session is not None:
            return await asyncio.to_thread(caller_by_session, self.store, credentials.session, self.settings, self.clock(), is_use)
        return None

    async def _is_open(self) -> bool:
        """Return whether whoever is on this machine may call. Once there is a user it never is again."""
        age_s = time.monotonic() - self._looked_at
        if age_s >= _STALE_S:
            await self._looks.of("users", self._look)
        elif age_s >= _LOOK_S:
            self._looks.begin("users", self._look)
        return not self._guarded

    async def _look(self) -> None:
        self._guarded = await asyncio.to_thread(self.has_users)
        self._looked_at = time.monotonic()

    def has_users(self) -> bool:
        """Return whether somebody could say who they are: users, tokens or an OpenID provider."""
        with self.store.read() as session:
            return self.settings.oidc.issuer is not None or has_users(session)


def has_users(session: Session) -> bool:
    """Return whether there is a user or a token, valid or not."""
    return bool(session.scalar(select(exists(select(User.id)) | exists(select(Token.id)))))
