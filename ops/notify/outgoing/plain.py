"""What would send secrets and pseudonyms in clear text, refused by the name of its setting."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from domain.errors import SettingError
from ops.notify.outgoing.addresses import Guard


def check_address(name: str, url: str) -> SplitResult:
    """Return the parts of an address by http or https; raise `SettingError`, which quotes nothing of it."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is no number
        is_one = False
    if not is_one or not url.isprintable() or " " in url:
        raise SettingError(f"{name} is no address that can be sent to: write https://NAME/PATH")
    if parts.username is not None or parts.password is not None:
        raise SettingError(f"{name} holds a user or a password, which are not sent: leave them out")
    return parts


def check_way(name: str, url: str, allowed: Collection[str]) -> None:
    """Refuse http:// to a host that `notify.allow_private` does not name; raise `SettingError`."""
    parts = check_address(name, url)
    if parts.scheme == "http" and not Guard(allowed).is_allowed(parts.hostname or ""):
        raise SettingError(
            f"{name} begins with http://, by which keys and pseudonyms go in clear text: write https://, or name its host in "
            "notify.allow_private"
        )
