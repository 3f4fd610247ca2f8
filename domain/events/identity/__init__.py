"""From raw identifiers to pseudonyms: one canonical form per kind of entity, hashed under a key.

Nothing after the parse stage knows who anybody is.
"""

from domain.events.identity.canonical import canonical_form
from domain.events.identity.nobody import is_no_street, is_of_nobody, names_nobody
from domain.events.identity.postal_address import ADDRESS_PARTS, normalise_address, parts_joined
from domain.events.identity.pseudonyms import DEMO_KEY, MISSING, PSEUDONYM_KEY, Pseudonyms, as_text
from domain.events.identity.refusal import NoIdentifier
from domain.events.identity.settings import USUAL, IdentitySettings

__all__ = [
    "ADDRESS_PARTS",
    "DEMO_KEY",
    "MISSING",
    "PSEUDONYM_KEY",
    "USUAL",
    "IdentitySettings",
    "NoIdentifier",
    "Pseudonyms",
    "as_text",
    "canonical_form",
    "is_no_street",
    "is_of_nobody",
    "names_nobody",
    "normalise_address",
    "parts_joined",
]
