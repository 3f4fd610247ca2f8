"""The letters that languages are written with, which tell a right reading of bytes from a wrong one."""

from __future__ import annotations

import re
import unicodedata

_LATIN = (
    "äöüßéàçè", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "ãõáéíóúâêôàç", "àèéìíòóùú", "åäöæøéüè", "ąćęłńóśźżé", "áčďéěíňóřšťúůýžäĺľŕôö",
    "áéíóöőúüű", "ăâîșțşţ", "čćđšžé", "çğıiöşüâî", "ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž", "áéíóúýðþæö",
)  # fmt: skip
"""Letters beyond ASCII of languages that write Latin ones, the last Icelandic, which no guess begins with."""
_SCRIPTS = {"CYRILLIC": "(?i)[аеёиоуыэюяієї]", "GREEK": "[άέήίόύώΐΰΆΈΉΊΌΎΏΑΕΗΙΟΥΩ]", "HEBREW": "", "ARABIC": ""}
"""Scripts, and a letter that their words have."""
_WORD = re.compile(r"[^\W\d_]+")


def likeness(text: str) -> float:
    """Return the share of the words with letters beyond ASCII that are spelt as in some language."""
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    strange = any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in text)
    return 0.0 if strange or not words else round(sum(map(_fits, words)) / len(words), 1)


def _fits(word: str) -> float:
    """Return 1 if a word is spelt as one language does, a half if as Icelandic, which is rare, else 0."""
    letters = {letter.lower()[:1] for letter in word if not letter.isascii()}  # the lower case of İ is two letters
    if not (word[1:].islower() or len(word) == 1 or word.isupper() or word.lower() == word.upper()):
        return 0.0
    for script, needed in _SCRIPTS.items():
        if all(unicodedata.name(letter.lower()[:1], "").startswith(script) for letter in word):
            return float(len(word) < 3 or re.search(needed, word) is not None)
    fitting = [place for place, alphabet in enumerate(_LATIN) if letters <= {*alphabet}]
    return 0.0 if not fitting else 0.5 if fitting == [len(_LATIN) - 1] else 1.0
