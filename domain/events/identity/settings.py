"""Which spellings are one entity: settings of the canonical forms, and the version of the pseudonyms."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import SettingError

FIRST, NEWEST = 1, 2


@dataclass(frozen=True)
class IdentitySettings:
    """Which spellings of an identifier are one entity. State that was made with others of these settings is
    refused at the start.
    """

    pseudonyms: int = NEWEST
    """Version of the canonical forms and of the key's derivation. 1: as ringwatch made them until November
    2026, so that a savepoint or checkpoint of that time can go on; the other settings of `identity` have no
    effect then.
    """
    ipv6_prefix: int = 64
    """Leading bits of an IPv6 address that are one entity, 32 to 128. 64: the smallest network that a
    provider gives a customer, who can change the other half at will. 128: every address for itself.
    """
    email_tags: tuple[str, ...] = (
        "gmail.com", "outlook.com", "hotmail.com", "icloud.com", "fastmail.com", "proton.me",
    )  # fmt: skip
    """Domains of e-mail providers at which `name+anything` is the mailbox `name`. `[]`: tags make other
    mailboxes everywhere.
    """
    email_dots: tuple[str, ...] = ("gmail.com",)
    """Domains of e-mail providers that ignore dots before the `@`. `[]`: dots matter everywhere."""

    def __post_init__(self) -> None:
        if self.pseudonyms not in (FIRST, NEWEST):
            raise SettingError(f"identity.pseudonyms must be {FIRST} or {NEWEST}: {NEWEST}, or {FIRST} for state of that version")
        if not 32 <= self.ipv6_prefix <= 128:
            raise SettingError("identity.ipv6_prefix must lie between 32 and 128 bits")
        for name in ("email_tags", "email_dots"):
            for domain in getattr(self, name):
                if not domain.isascii() or domain != domain.lower().strip(". @") or "." not in domain:
                    raise SettingError(f"identity.{name}: {domain!r} is no domain; write it like gmail.com, in lower case")


USUAL = IdentitySettings()
"""The settings where nobody has chosen others."""
