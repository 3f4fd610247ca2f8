"""What a form of a page sends: read once, bounded, each field said as often as the page has it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from domain.events.json_strings import unwritable
from ops.api.cookies import is_csrf
from ops.api.field_faults import fault_of
from ops.api.problems import Problem
from ops.api.service import Service

CSRF = "csrf"
"""The field that holds the CSRF token of the session, masked."""
MOST_BYTES, MOST_FIELDS = 128 * 1024, 1000
_KIND = "application/x-www-form-urlencoded"
_DIGITS = 64  # of a CSRF token
Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True)
class Form:
    """The fields of a form that was sent."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """Return a field that is there once or, empty, not at all. Raises `Problem` 422."""
        found = self.fields.get(name, ())
        if len(found) > 1:
            raise Problem(422, f"{name}: it is there more than once; send it once", name)
        return found[0].strip() if found else ""

    def number(self, name: str) -> int | None:
        """Return a field that is a whole number of at most nine digits, None for anything else."""
        text = self.one(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def secret(self, name: str) -> str:
        """Return a field as it was typed, spaces around it included."""
        return "".join(self.fields.get(name, ())[:1])

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a field, in the order of the page."""
        return self.fields.get(name, ())

    def body(self, kind: type[Body], **values: Any) -> Body:
        """Return what the API would take as a body, from fields of the same names. Raises `Problem` 422."""
        given = {name: self.one(name) for name in kind.model_fields if self.one(name)}
        try:
            return kind.model_validate(given | values)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "form"
            raise Problem(422, f"{field}: {fault_of(first)}", field) from None


async def check_form(request: Request, service: Service) -> None:
    """Raise `Problem` 403 for a form without the CSRF token of the session that sends it."""
    if request.method == "POST" and not is_csrf(request, service.settings, unmasked((await form_of(request)).one(CSRF))):
        raise Problem(403, "this form is of another session, or of one that has ended: go back, load the page anew, and send it again")


async def form_of(request: Request) -> Form:
    """Return the form that a request sends, read once. Raises `Problem` 413, 422."""
    found = getattr(request.state, "form", None)
    if found is None:
        found = request.state.form = _parsed(request.headers.get("content-type", ""), await request.body())
    assert isinstance(found, Form)
    return found


async def _form_here(request: Request) -> Form:
    return await form_of(request)


FormHere = Annotated[Form, Depends(_form_here)]
"""The type of a page's argument that is its form."""


def _parsed(kind: str, body: bytes) -> Form:
    if len(body) > MOST_BYTES:
        raise Problem(413, f"a form has at most {MOST_BYTES // 1024} KiB: send less at once")
    if body and kind.partition(";")[0].strip().lower() != _KIND:
        raise Problem(422, f"a form is wanted, as {_KIND}")
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # of UnicodeDecodeError, too
        raise Problem(422, f"the form cannot be read: it is UTF-8 with at most {MOST_FIELDS:,} fields") from None
    for name, value in pairs:
        if why := unwritable(name) or unwritable(value):
            raise Problem(422, f"the form: {why}")
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return Form(fields)


def masked(token: str) -> str:
    """Return a CSRF token as a page shows it, each time another text: pages are compressed, and how well they
    are must say nothing of it.
    """
    mask = secrets.token_bytes(_DIGITS // 2)
    return (mask + bytes(a ^ b for a, b in zip(mask, bytes.fromhex(token), strict=True))).hex()


def unmasked(shown: str) -> str:
    """Return the CSRF token that a page showed, an empty text for what is none."""
    try:
        found = bytes.fromhex(shown)
    except ValueError:
        return ""
    mask, hidden = found[: _DIGITS // 2], found[_DIGITS // 2 :]
    return bytes(a ^ b for a, b in zip(mask, hidden, strict=True)).hex() if len(found) == _DIGITS else ""
