"""Who calls."""

from __future__ import annotations

from ops.access.roles import LOCAL, Caller


class Access:
    """Callers of a service without users: whoever is on this machine."""

    async def caller(self, request: object) -> Caller | None:
        """Return who calls, None for nobody."""
        return LOCAL
