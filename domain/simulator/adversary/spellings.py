"""Other spellings of an address that a courier still finds."""

from __future__ import annotations

from random import Random

UNSEEN = ("\u200b", "\u2060", "\u00ad")
"""Zero-width space, word joiner, soft hyphen."""
LOOK_ALIKES = str.maketrans("aeopcxAEOPCX", "аеорсхАЕОРСХ")
"""Latin letters to Cyrillic ones that look the same."""


def unseen_between(text: str, dice: Random) -> str:
    """Put something that cannot be seen somewhere into the text."""
    at = dice.randrange(1, max(2, len(text)))
    return text[:at] + dice.choice(UNSEEN) + text[at:]


def look_alike(text: str, dice: Random) -> str:
    """Write a letter of the text in another script, where one looks the same."""
    places = [at for at, letter in enumerate(text) if letter.translate(LOOK_ALIKES) != letter]
    at = dice.choice(places) if places else len(text)
    return text[:at] + text[at : at + 1].translate(LOOK_ALIKES) + text[at + 1 :]


def care_of(text: str, dice: Random) -> str:
    """Name somebody who takes the parcel."""
    return f"c/o {dice.choice(('Abel', 'Berger', 'Cramer', 'Dorn'))} {dice.randint(1, 99)}, {text}"


def turned_round(text: str, dice: Random) -> str:
    """Give the parts in another order."""
    parts = [part for part in text.replace(";", ",").split(",") if part.strip()]
    return ", ".join(part.strip() for part in dice.sample(parts, len(parts)))


TRICKS = (unseen_between, look_alike, care_of, turned_round)


def spelt_anew(address: str | dict[str, str], dice: Random, tricks: int) -> str:
    """Return an address spelt by one of the first `tricks` ways, as one line."""
    text = address if isinstance(address, str) else ", ".join(address.values())
    return dice.choice(TRICKS[:tricks])(text, dice)
