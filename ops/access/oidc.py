"""Login by an OpenID provider: authorization code with PKCE, state and nonce, and checks of the id token."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ops.access.login import LoginRefused
from ops.access.login_limits import TooManyLogins
from ops.access.settings import OidcSettings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key pair only: neither `none`, nor one that a public key could be used for as a secret."""
LEEWAY_S = 60
"""How far the provider's clock may be off."""
_TIMEOUT_S = 5.0
_MOST_BYTES = 512 * 1024
_KNOWN_S = 3600.0  # the provider's metadata and keys are asked for again after an hour
_KEYS_AGAIN_S = 30.0  # and its keys when a token names another one, but no more often than this


@dataclass(frozen=True)
class Journey:
    """What a browser keeps, in a cookie, while it is at the provider."""

    state: str
    nonce: str
    verifier: str
    to: str
    """Where it goes afterwards, as it was asked for."""

    @classmethod
    def new(cls, to: str) -> Journey:
        """Return one that nobody can guess."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, to)

    @classmethod
    def of(cls, text: str) -> Journey:
        """Return the one that a cookie holds; raise `LoginRefused` for another text."""
        parts = text.split(".", 3)
        if len(parts) != 4 or not all(parts):
            raise LoginRefused("this login was not begun in this browser: begin it again")
        state, nonce, verifier, to = parts
        return cls(state, nonce, verifier, unquote(to))

    def __str__(self) -> str:
        return ".".join((self.state, self.nonce, self.verifier, quote(self.to, safe="")))


@dataclass(frozen=True)
class Identity:
    """Who somebody is by the provider's word."""

    subject: str
    """Issuer and subject: a subject is unique at its issuer only."""
    name: str
    """The name that the provider shows, or the subject."""
    values: frozenset[str]
    """What the claim of roles holds."""


class OidcProvider:
    """The provider of the settings. Threads share it; nothing is asked before the first login."""

    def __init__(self, settings: OidcSettings, secret: str | None, redirect_uri: str, seconds: Callable[[], float] = time.time) -> None:
        """Note how it is asked; `secret`: None for a public client; `redirect_uri`: our callback."""
        assert settings.issuer is not None
        self._settings, self._issuer = settings, settings.issuer.rstrip("/")
        self._secret, self._redirect_uri, self._seconds = secret, redirect_uri, seconds
        self._lock, self._at_once = threading.Lock(), threading.BoundedSemaphore(4)
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._metadata_at = self._keys_at = float("-inf")

    def address(self, journey: Journey) -> str:
        """Return where the browser goes to log in.

        Raises `LoginRefused` if the provider does not answer, `TooManyLogins` if many ask it.
        """
        with self._turn(), self._client() as client:
            url, _ = client.create_authorization_url(
                self._known(client)["authorization_endpoint"], state=journey.state, code_verifier=journey.verifier, nonce=journey.nonce
            )
        return str(url)

    def identity(self, journey: Journey, code: str, state: str, issuer: str | None) -> Identity:
        """Return who came back with a code; raise `LoginRefused` for whatever is not as it must be."""
        if not secrets.compare_digest(state.encode(), journey.state.encode()):
            raise LoginRefused("this login was not begun in this browser: begin it again")
        with self._turn(), self._client() as client:
            metadata = self._known(client)
            if issuer is not None and issuer != metadata["issuer"]:
                raise LoginRefused("the answer is of another OpenID provider")
            token = self._token(client, metadata["token_endpoint"], code, journey.verifier)
            claims = self._claims(client, token, metadata["issuer"])
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), journey.nonce.encode()):
            raise LoginRefused("the id token is of another login")
        return self._identity(claims)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let few threads wait for the provider: they serve others, too."""
        if not self._at_once.acquire(blocking=False):
            raise TooManyLogins(5)
        try:
            yield
        finally:
            self._at_once.release()

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self._settings.client_id,
            self._secret,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope=" ".join(self._settings.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
            follow_redirects=False,
        )

    def _known(self, client: OAuth2Client) -> Mapping[str, Any]:
        """Return the provider's metadata, asked for once an hour."""
        with self._lock:
            if self._seconds() >= self._metadata_at + _KNOWN_S:
                metadata = self._asked(client, f"{self._issuer}/.well-known/openid-configuration")
                if str(metadata.get("issuer", "")).rstrip("/") != self._issuer:
                    raise LoginRefused("the OpenID provider says that it is another issuer than service.access.oidc.issuer")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    if not self._is_safe(metadata.get(name)):
                        raise LoginRefused(f"the OpenID provider names no https address as its {name}")
                self._metadata, self._metadata_at, self._keys_at = metadata, self._seconds(), float("-inf")
            return self._metadata

    def _is_safe(self, url: object) -> bool:
        """Return whether an address is https, or of this machine as the issuer is."""
        return isinstance(url, str) and url.startswith(("https://", self._issuer) if self._issuer.startswith("http:") else "https://")

    def _asked(self, client: OAuth2Client, url: str) -> Mapping[str, Any]:
        """Return the JSON object at a URL of the provider."""
        try:
            answer = client.request("GET", url, withhold_token=True)
            found = answer.json() if answer.status_code == 200 and len(answer.content) <= _MOST_BYTES else None
        except Exception:  # of httpx, of sockets, of JSON: none is more than an answer that cannot be used
            found = None
        if not isinstance(found, dict):
            raise LoginRefused("the OpenID provider does not answer as it must: try again, or log in by password")
        return found

    def _token(self, client: OAuth2Client, url: str, code: str, verifier: str) -> str:
        try:
            answer = client.fetch_token(url, grant_type="authorization_code", code=code, code_verifier=verifier)
        except OAuthError:
            raise LoginRefused("the OpenID provider refuses this login: begin it again") from None
        except Exception:
            raise LoginRefused("the OpenID provider does not answer as it must: try again, or log in by password") from None
        return str(answer.get("id_token") or "")

    def _claims(self, client: OAuth2Client, token: str, issuer: str) -> Mapping[str, Any]:
        """Return the claims of an id token whose signature, issuer, audience and times are right."""
        try:
            try:
                decoded = jwt.decode(token, self._key_set(client, again=False), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # perhaps the provider has other keys now
                decoded = jwt.decode(token, self._key_set(client, again=True), algorithms=ALGORITHMS)
            rules = jwt.JWTClaimsRegistry(
                now=int(self._seconds()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                iat={"essential": True},
            )
            rules.validate(decoded.claims)
        except (JoseError, ValueError, TypeError):
            raise LoginRefused("the OpenID provider's id token is not valid") from None
        audience, party = decoded.claims["aud"], decoded.claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, self._settings.client_id):
            raise LoginRefused("the OpenID provider's id token is for another service")
        return decoded.claims

    def _key_set(self, client: OAuth2Client, again: bool) -> KeySet:
        with self._lock:
            age = self._seconds() - self._keys_at
            if self._keys is None or age >= (_KEYS_AGAIN_S if again else _KNOWN_S):
                found = self._asked(client, self._metadata["jwks_uri"])
                self._keys, self._keys_at = KeySet.import_key_set({"keys": found.get("keys") or []}), self._seconds()
            return self._keys

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        held = claims.get(self._settings.role_claim)
        values = [held] if isinstance(held, str) else held if isinstance(held, list) else []
        subject = f"{self._issuer} {claims['sub']}"
        name = next((str(claims[key]) for key in ("preferred_username", "email") if claims.get(key)), str(claims["sub"]))
        return Identity(subject, name, frozenset(value for value in values if isinstance(value, str)))
