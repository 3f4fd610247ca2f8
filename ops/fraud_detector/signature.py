"""AWS Signature Version 4 in the header `Authorization`, verified.

    signature = HMAC(k, "AWS4-HMAC-SHA256" | time | scope | SHA256(canonical request))
    k = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request")

The canonical request holds method, path, query, the signed headers and the hash of the body, which is always
computed here. A signature is good for `WINDOW_S` around its time. Whoever repeats a call within it changes
nothing: events and labels are known by their ids.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from ops.fraud_detector.errors import BAD_SIGNATURE, INCOMPLETE, UNKNOWN_KEY, UNSIGNED, WireError

ALGORITHM, SERVICE, END = "AWS4-HMAC-SHA256", "frauddetector", "aws4_request"
WINDOW_S = 300
HEADERS_MOST = 64
_ALWAYS_SIGNED = ("host", "x-amz-date", "x-amz-target")
_SINGLE = ("authorization", "content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-target")
"""Headers that have one value: of two, a proxy might take the other."""
_OF_PROXIES = ("x-amz-cf-id",)
"""Headers of this form that a proxy of AWS adds after the client has signed; nothing here reads them."""
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([A-Za-z0-9_]{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/([a-z0-9_]{1,32}),"
    r" *SignedHeaders=([a-z0-9_.;-]{1,2048}), *Signature=([0-9a-f]{64})",
    re.ASCII,
)
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_SPACES = re.compile(r"[ \t\r\n]+")

Headers = Sequence[tuple[str, str]]
"""Names in small letters, with their values, in the order in which they came."""


@dataclass(frozen=True)
class Signed:
    """What a header `Authorization` says."""

    key: str
    """Id of the access key."""
    day: str
    region: str
    service: str
    end: str
    headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """Return what the signature is good for."""
        return f"{self.day}/{self.region}/{self.service}/{self.end}"


class SignatureCheck:
    """A check of signatures under the secrets of known access keys."""

    def __init__(self, secrets: Mapping[str, bytes], regions: Collection[str] = ()) -> None:
        """Note the secrets by their keys' ids. `regions` are those that may be signed for, none: any."""
        self._secrets, self._regions = dict(secrets), frozenset(regions)

    def key_of(self, headers: Headers, body: bytes, now_s: float) -> str:
        """Return the id of the key that a `POST /` without a query is signed with; raise `WireError`."""
        signed = _authorization(headers)
        _check_headers(headers, signed)
        time = _single(headers, "x-amz-date")
        _check_time(time, signed, now_s)
        secret = self._secrets.get(signed.key)
        if secret is None:
            raise WireError(UNKNOWN_KEY, "The security token included in the request is invalid: its access key is not known here.")
        self._check_scope(signed)
        payload = hashlib.sha256(body).hexdigest()
        sent = _values(headers, "x-amz-content-sha256")
        if sent and sent[0] != payload:
            _refuse("X-Amz-Content-Sha256 is not the hash of the body. Bodies without a signature are not taken.")
        text = "\n".join((ALGORITHM, time, signed.scope, _hash(canonical_request(headers, signed.headers, payload))))
        if not hmac.compare_digest(_sign(signing_key(secret, signed), text).hex(), signed.signature):
            _refuse(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
                "signing method, and that no proxy changes the header Host."
            )
        return signed.key

    def _check_scope(self, signed: Signed) -> None:
        if signed.service != SERVICE or signed.end != END:
            _refuse(f"Credential should be scoped to correct service: '{SERVICE}'.")
        if self._regions and signed.region not in self._regions:
            _refuse("Credential should be scoped to a valid region.")


def canonical_request(headers: Headers, signed: Sequence[str], payload: str) -> str:
    """Return the canonical form of a `POST /` without a query; `payload` is the hash of its body."""
    lines = [f"{name}:{','.join(map(_trimmed, _values(headers, name)))}" for name in signed]
    return "\n".join(("POST", "/", "", *lines, "", ";".join(signed), payload))


def signing_key(secret: bytes, signed: Signed) -> bytes:
    """Return the key of one day, region and service."""
    key = b"AWS4" + secret
    for part in signed.scope.split("/"):
        key = _sign(key, part)
    return key


def _authorization(headers: Headers) -> Signed:
    sent = _values(headers, "authorization")
    if not sent:
        raise WireError(UNSIGNED, "Missing Authentication Token: sign the request with AWS Signature Version 4.")
    if not sent[0].startswith("AWS4-"):
        raise WireError(UNSIGNED, "Missing Authentication Token: Authorization is of another kind than AWS Signature Version 4.")
    found = _AUTHORIZATION.fullmatch(sent[0])
    if found is None:
        raise WireError(
            INCOMPLETE, f"Authorization must be {ALGORITHM} with Credential, SignedHeaders and Signature; other algorithms are not read."
        )
    names = tuple(found[6].split(";"))
    return Signed(found[1], found[2], found[3], found[4], found[5], names, found[7])


def _check_headers(headers: Headers, signed: Signed) -> None:
    """Raise `WireError` where a header that matters is not signed or sent twice, or a signed one not sent."""
    for name in _SINGLE:
        if len(_values(headers, name)) > 1:
            raise WireError(INCOMPLETE, f"The header {name} is sent twice.")
    if _values(headers, "x-amz-security-token"):
        raise WireError(UNKNOWN_KEY, "The security token included in the request is invalid: keys here are permanent and have none.")
    sent = {name for name, _ in headers}
    if list(signed.headers) != sorted(set(signed.headers)) or len(signed.headers) > HEADERS_MOST:
        raise WireError(INCOMPLETE, "SignedHeaders must be in order, each once.")
    for name in sorted({*_ALWAYS_SIGNED, *filter(_must_be_signed, sent)} - set(signed.headers)):
        raise WireError(INCOMPLETE, f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
    if not sent.issuperset(signed.headers):
        raise WireError(INCOMPLETE, "SignedHeaders names a header that was not sent.")


def _must_be_signed(header: str) -> bool:
    return header == "content-type" or (header.startswith("x-amz-") and header not in _OF_PROXIES)


def _check_time(text: str, signed: Signed, now_s: float) -> None:
    """Raise `WireError` unless the time is one, of the scope's day, and near to ours."""
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if _TIME.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise WireError(INCOMPLETE, "X-Amz-Date must be a time such as 20261231T235959Z.")
    if text[:8] != signed.day:
        _refuse("Date in Credential scope does not match that in X-Amz-Date.")
    age_s, here = now_s - moment.timestamp(), datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    if age_s > WINDOW_S:
        _refuse(f"Signature expired: {text} is now earlier than {here} - {WINDOW_S // 60} min.")
    if age_s < -WINDOW_S:
        _refuse(f"Signature not yet current: {text} is still later than {here} + {WINDOW_S // 60} min.")


def _single(headers: Headers, name: str) -> str:
    return next(iter(_values(headers, name)), "")


def _values(headers: Headers, name: str) -> list[str]:
    return [value for sent, value in headers if sent == name]


def _trimmed(value: str) -> str:
    return _SPACES.sub(" ", value).strip(" ")


def _sign(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("latin-1"), hashlib.sha256)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("latin-1")).hexdigest()


def _refuse(message: str) -> NoReturn:
    raise WireError(BAD_SIGNATURE, message)
