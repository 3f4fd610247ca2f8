"""Characters of identifiers: what cannot be seen, digits of all scripts, and letters that only look Latin."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Unicode's Default_Ignorable_Code_Point, the marks of annotations, and two blanks that are no space."""

_CYRILLIC = dict(zip("авеѕіјкмнорстухүһԛԝԁ", "abesijkmhopctyxyhqwd", strict=True))
_GREEK = dict(zip("αβεζηικμνορτυχϳ", "abezhikmnoptyxj", strict=True))
_ARMENIAN = dict(zip("օսոհ", "ounh", strict=True))
_LATIN_OF = str.maketrans(_CYRILLIC | _GREEK | _ARMENIAN)
"""Letters that look like a Latin one as capital or as small letter (Unicode TS 39)."""
_CYRILLIC_OF, _GREEK_OF = (str.maketrans({ours: theirs for theirs, ours in reversed(pairs.items())}) for pairs in (_CYRILLIC, _GREEK))
_LATIN_LETTER = re.compile("[a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_CYRILLIC_LETTER, _GREEK_LETTER = re.compile("[\u0400-\u052f]"), re.compile("[\u0370-\u03ff]")
_OTHER_LETTERS = re.compile("[\u0370-\u03ff\u0400-\u052f\u0531-\u0587]+")
_TWINS_ONLY = re.compile(f"[{''.join(map(chr, _LATIN_OF))}]+")
_WORD = re.compile(r"\S+")
_OTHER_DIGITS = re.compile(r"[^\D0-9]")


def seen(text: str) -> str:
    """Return what can be seen of a text, without white space at its ends."""
    return (text if text.isascii() else _UNSEEN.sub("", text)).strip()


def with_ascii_digits(text: str) -> str:
    """Return the text with the digits of every script as 0 to 9."""
    return _OTHER_DIGITS.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def without_look_alikes(text: str) -> str:
    """Return a text in lower case with the letters of one script where those of another only look like them.

    Where all letters beside Latin ones are twins of Latin letters, it is Latin; where all Latin letters are
    twins of Cyrillic or Greek ones, it is that; where both are true, what most letters are. Otherwise that
    goes for each word by itself. A text of one script is what it is.
    """
    others, latin = "".join(_OTHER_LETTERS.findall(text)), len(_LATIN_LETTER.findall(text))
    if not others or not latin:
        return text
    whole = _without_latin(text)
    if _TWINS_ONLY.fullmatch(others) and (whole == text or latin >= len(others)):
        return text.translate(_LATIN_OF)
    return whole if whole != text else _WORD.sub(lambda word: _without_latin(word[0]), text)


def _without_latin(text: str) -> str:
    """Return the text in Cyrillic or Greek, if it has such letters and no Latin ones but their twins."""
    for letter, twins in ((_CYRILLIC_LETTER, _CYRILLIC_OF), (_GREEK_LETTER, _GREEK_OF)):
        if letter.search(text) and not _LATIN_LETTER.search(changed := text.translate(twins)):
            return changed
    return text
