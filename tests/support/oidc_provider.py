"""An OpenID provider on this machine: metadata, keys, a login page that says yes, a token endpoint.

It checks what a provider must: the client's secret, the redirect URI, the code (once), PKCE. What it signs
can be made wrong in every way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "ringwatch", "s3cret of the client"


class OidcServer:
    """A provider that serves as long as the context lasts."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.published = [self.key]
        self.claims: dict[str, Any] = {"sub": "u-1", "preferred_username": "Anna", "groups": ["fraud-team"]}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.metadata: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(urlsplit(self.path).path)
                server.get(self)

            def do_POST(self) -> None:
                server.asked.append(urlsplit(self.path).path)
                server.token(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self) -> OidcServer:
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()

    def get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        if parts.path == "/.well-known/openid-configuration":
            found = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.metadata,
            }
            self._json(request, 200, found)
        elif parts.path == "/keys":
            self._json(request, 200, KeySet(self.published).as_dict(private=False))
        elif parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and "openid" in asked["scope"]
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
            request.send_response(302)
            request.send_header("Location", f"{asked['redirect_uri']}?{back}")
            request.end_headers()
        else:
            self._json(request, 404, {})

    def token(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if (
            asked is None
            or request.headers["Authorization"] != f"Basic {basic}"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            self._json(request, 400, {"error": "invalid_grant", "error_description": "secret words of the provider"})
            return
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.claims}
        self._json(request, 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)})

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, claims)]
        return ".".join([*parts, ""])

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """HS256 with the public key as the secret: the oldest trick on verifiers."""
        return jwt.encode({"alg": "HS256", "kid": self.key.kid}, claims, OctKey.import_key(self.key.as_pem(private=False)), ["HS256"])

    def signed_by_another(self, claims: dict[str, Any]) -> str:
        """By a key that is not the provider's, under its key's name."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, RSAKey.generate_key(2048))

    def signed_by_the_key_in_the_header(self, claims: dict[str, Any]) -> str:
        other = RSAKey.generate_key(2048)
        return jwt.encode({"alg": "RS256", "jwk": other.as_dict(private=False)}, claims, other)

    def _json(self, request: BaseHTTPRequestHandler, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
