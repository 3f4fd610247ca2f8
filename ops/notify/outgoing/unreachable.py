"""What keeps a connection from this machine, in words: no answer of a server is needed to know it."""

from __future__ import annotations

import errno

_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL)
_CLOSED = (errno.EACCES, errno.EPERM)


def why_unreachable(error: Exception) -> str | None:
    """Return why this machine makes no connection, with the mend; None where it is something else."""
    if isinstance(error, ConnectionRefusedError):
        return "no connection: nothing listens there"
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_ROUTE:
        return "no connection: no route leads from this machine to its address: mend the route, or the address (has this machine IPv6?)"
    return "no connection: a firewall of this machine forbids it: allow it there" if number in _CLOSED else None
