"""The canonical form of each kind of entity."""

from __future__ import annotations

from collections.abc import Callable

from domain.events.identity.email import email_form
from domain.events.identity.ip import ip_form
from domain.events.identity.postal_address import normalise_address
from domain.events.identity.settings import IdentitySettings
from domain.events.identity.token import device_form, of_nobody, opaque_form, payment_form


def canonical_form(kind: str, settings: IdentitySettings) -> Callable[[str], str]:
    """Return what makes the canonical form of an identifier of this kind.

    The form of a form is the form. It is empty if the text says that the identifier is not known, or holds
    nothing that can be seen. An account is known always. Raises `NoIdentifier` for what only looks like an
    identifier.
    """
    tags, dots, prefix = frozenset(settings.email_tags), frozenset(settings.email_dots), settings.ipv6_prefix
    forms: dict[str, Callable[[str], str]] = {
        "address": normalise_address,
        "device": _if_known(device_form),
        "email": _if_known(lambda text: email_form(text, tags, dots)),
        "ip": _if_known(lambda text: ip_form(text, prefix)),
        "payment": _if_known(payment_form),
    }
    return forms.get(kind, opaque_form)


def _if_known(form: Callable[[str], str]) -> Callable[[str], str]:
    def known(text: str) -> str:
        found = form(text)
        return "" if of_nobody(found.lower()) else found

    return known
