"""The canonical form of each kind of entity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from domain.events.identity.email import email_form
from domain.events.identity.ip import ip_form
from domain.events.identity.nobody import is_address_of_nobody, is_no_street
from domain.events.identity.postal_address import normalise_address
from domain.events.identity.settings import IdentitySettings
from domain.events.identity.token import device_form, merchant_form, opaque_form, payment_form


def canonical_form(kind: str, settings: IdentitySettings) -> Callable[[str], str]:
    """Return what makes the canonical form of an identifier of this kind.

    The form of a form is the form. It is empty if the text says that the identifier is not known, or holds
    nothing that can be seen; an account keeps such a text. Raises `NoIdentifier` for what only looks like an
    identifier.
    """
    tags, dots, prefix = frozenset(settings.email_tags), frozenset(settings.email_dots), settings.ipv6_prefix
    forms: dict[str, Callable[[str], str]] = {
        "address": _address_form,
        "device": device_form,
        "email": partial(email_form, tags=tags, dots=dots),
        "ip": partial(ip_form, prefix=prefix),
        "merchant": merchant_form,
        "payment": payment_form,
    }
    return forms.get(kind, opaque_form)


def _address_form(text: str) -> str:
    spelling = normalise_address(text)
    if is_address_of_nobody(spelling) or ("," in text and _is_town_alone(text)):
        return ""
    return spelling


def _is_town_alone(text: str) -> bool:
    """Return whether a list of parts has words for a missing street in front, and no number after it."""
    street, _, rest = text.partition(",")
    return is_no_street(street) and not any(map(str.isdigit, rest))
