"""Identifiers that a machine made: device fingerprints, accounts, merchants, means of payment."""

from __future__ import annotations

import re
import unicodedata

from domain.events.identity.nobody import names_nobody
from domain.events.identity.text import seen, with_ascii_digits

_UUID = re.compile(r"(?:(?:urn:)?uuid:)?[{(]?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})[)}]?")
_MAYBE_CARD = re.compile(r"\d(?:[ -]?\d){11,18}")
_MAYBE_IBAN = re.compile(r"[A-Za-z]{2} ?\d\d(?: ?[0-9A-Za-z]){10,30}")


def opaque_form(text: str) -> str:
    """Return a text as it is, its case included, in Unicode's composed form and without what is unseen."""
    return text.strip() if text.isascii() else seen(unicodedata.normalize("NFC", seen(text)))


def merchant_form(text: str) -> str:
    """Return a merchant's id as `opaque_form` does, empty if it is nobody's."""
    text = opaque_form(text)
    return "" if names_nobody("merchant", text) else text


def device_form(text: str) -> str:
    """Return a device's fingerprint in lower case; a UUID without hyphens, braces and parentheses."""
    text = text.strip().lower() if text.isascii() else _compatible(seen(text))
    if "-" in text and (uuid := _UUID.fullmatch(text)):
        text = "".join(uuid.groups())
    return "" if names_nobody("device", text) else text


def _compatible(text: str) -> str:
    """Return the text without case and compatible forms."""
    return seen(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def payment_form(text: str) -> str:
    """Return a card number or an IBAN, known by their check digits, without spaces and hyphens."""
    text = opaque_form(text)
    plain = text if text.isascii() else with_ascii_digits(unicodedata.normalize("NFKC", text))
    if _MAYBE_CARD.fullmatch(plain):
        digits = plain.replace(" ", "").replace("-", "")
        return digits if passes_luhn(digits) else text
    if _MAYBE_IBAN.fullmatch(plain):
        iban = plain.replace(" ", "").upper()
        return iban if passes_iban(iban) else text
    return "" if names_nobody("payment", text) else text


def passes_luhn(digits: str) -> bool:
    """Return whether the last digit is Luhn's."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def passes_iban(iban: str) -> bool:
    """Return whether the check digits are those of ISO 7064 (97-10)."""
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1
