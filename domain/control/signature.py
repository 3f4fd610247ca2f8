"""Signatures of control records and labels: who can write to a stream cannot make one without a key.

A signature is `{"key": NAME, "mac": HEX}`: HMAC-SHA256 (RFC 2104) under the key of that name over the
document without `signature`, as JSON in ASCII without spaces, keys sorted at every depth, numbers as Python
writes them. It says who made a record, not when: a record that is sent again must do no harm by itself.

Of what the job writes to Redis the entry is signed: `NAME:HEX` over the stream's name and the text in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from domain.events.event import Rejected
from domain.events.quoting import kind_of, name_of

FIELD = "signature"
LEAST_KEY_BYTES = 16
_MAC = re.compile(r"[0-9a-f]{64}")
_as_signed = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


class ControlKeys:
    """The keys by their names. None of them is ever shown."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    def check(self, document: Mapping[str, Any]) -> None:
        """Raise `Rejected` unless the document is signed with one of the keys, and unchanged since."""
        signature = document.get(FIELD)
        if signature is None:
            raise Rejected(FIELD, f"it is missing; sign the record: ringwatch sign FILE --key {next(iter(self._keys))}")
        if not isinstance(signature, dict) or signature.keys() != {"key", "mac"}:
            what = kind_of(signature) if not isinstance(signature, dict) else f"one of {', '.join(map(name_of, signature)) or 'nothing'}"
            raise Rejected(FIELD, f"an object of key and mac is wanted, not {what}")
        key, mac = signature["key"], signature["mac"]
        if not isinstance(key, str) or key not in self._keys:
            named = name_of(key) if isinstance(key, str) else kind_of(key)
            raise Rejected(FIELD, f"key {named} is not among job.control_keys; sign with {' or '.join(self._keys)}")
        if not isinstance(mac, str) or not _MAC.fullmatch(mac):
            raise Rejected(FIELD, "mac must be 64 digits of 0 to 9 and a to f")
        if not hmac.compare_digest(mac, self._mac(document, key)):
            raise Rejected(FIELD, "it does not fit the record: sign after the last change, with the key that the job has")

    def signed(self, document: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Return the document with the signature of a key, in place of one that it may have.

        Raises KeyError for a name without a key.
        """
        return {**_unsigned(document), FIELD: {"key": name, "mac": self._mac(document, name)}}

    def entry_signature(self, stream: str, text: str) -> str:
        """Return the signature of a stream's entry, under the key that is named last: `NAME:HEX`."""
        name = next(reversed(self._keys))
        return f"{name}:{self._entry_mac(name, stream, text)}"

    def holds_entry(self, stream: str, text: str, signature: str) -> bool:
        """Return whether it is a signature of this text as an entry of this stream, under one of the keys."""
        name, _, mac = signature.partition(":")
        return name in self._keys and hmac.compare_digest(mac.encode("utf-8", "replace"), self._entry_mac(name, stream, text).encode())

    def _mac(self, document: Mapping[str, Any], name: str) -> str:
        return hmac.digest(self._keys[name], _as_signed(_unsigned(document)).encode(), hashlib.sha256).hex()

    def _entry_mac(self, name: str, stream: str, text: str) -> str:
        # A document begins with a brace: no signature of an entry is one of a record, or of another stream.
        signed = f"entry\n{stream}\n{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._keys[name], signed, hashlib.sha256).hex()


def _unsigned(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != FIELD}
