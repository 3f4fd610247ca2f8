"""What can be set about users, sessions, tokens and logins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import SettingError
from ops.access.roles import Role


@dataclass(frozen=True)
class OidcSettings:
    """Login by an OpenID provider: authorization code with PKCE.

    The client's secret is in `RINGWATCH_OIDC_SECRET`, or in the file that `RINGWATCH_OIDC_SECRET_FILE` names.
    """

    issuer: str | None = None
    """The provider's issuer, an https URL without the part `/.well-known/`; null: no such login."""
    client_id: str = "ringwatch"
    """The name of this service at the provider."""
    role_claim: str = "groups"
    """The claim of the id token that says who somebody is: a text or a list of texts."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Value of the claim -> role: `{fraud-team: analyst}`. The highest role wins; without one there is no
    login.
    """
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    """What the provider is asked for."""

    def __post_init__(self) -> None:
        people = [role.value for role in Role.people()]
        for value, role in self.roles.items():
            if role not in people:
                raise SettingError(f"service.access.oidc.roles: {value} is {role!r}: write one of {', '.join(people)}")
        if self.issuer is not None and not self.issuer.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise SettingError("service.access.oidc.issuer must begin with https://")


@dataclass(frozen=True)
class AccessSettings:
    """Sessions, tokens and logins."""

    session_h: float = 12.0
    """A session ends this long after its login."""
    idle_min: float = 30.0
    """A session ends when it was not used for this long."""
    token_days: float = 365.0
    """Longest life of a token."""
    logins_per_name: int = 10
    """Failed logins of one name within `login_window_min`; further ones are refused, right or not."""
    logins_per_address: int = 100
    """Failed logins from one address within `login_window_min`."""
    login_window_min: float = 15.0
    """The time in which failed logins are counted."""
    oidc: OidcSettings = field(default_factory=OidcSettings)

    def __post_init__(self) -> None:
        for name in ("session_h", "idle_min", "token_days", "login_window_min", "logins_per_name", "logins_per_address"):
            if getattr(self, name) <= 0:
                raise SettingError(f"service.access.{name} must be positive")
