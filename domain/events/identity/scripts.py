"""What makes another letter in a script, and what only another way to write one.

| script | levelled | kept apart |
|---|---|---|
| all | case; wide, narrow and other compatible forms; digits | |
| Latin | accents; ł ø đ ð ħ ŧ ı as their plain letter; ß = ss, æ = ae, œ = oe, þ = th | |
| Greek | accents, the final sigma | |
| Cyrillic | stress; ё = е | й и, ї і, ў у, ѓ г, ќ к |
| Arabic | vowel signs, tatweel; alef with hamza or madda; Persian kaf and yeh | ى ي, ة ه, ؤ و |
| Hebrew | points | final letters |
| Devanagari, Thai and all others | | every sign |
| Kana | spaces; half and full width; ヶ = ケ | dakuten; Hiragana and Katakana |
| Han | spaces | simplified and traditional |
| Hangul | composed and decomposed syllables | |
"""

from __future__ import annotations

import re
import unicodedata

from domain.events.identity.text import with_ascii_digits, without_look_alikes

_LATIN = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ɑ": "a", "ɡ": "g"}
_CYRILLIC = {"ё": "е", "ѐ": "е", "ѝ": "и", "Ё": "Е", "Ѐ": "Е", "Ѝ": "И"}
_ARABIC = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ی": "ي", "ک": "ك", "ـ": ""}
_KANA = {"ヶ": "ケ", "ゖ": "け"}
_LETTERS = str.maketrans({**_LATIN, **_CYRILLIC, **_ARABIC, **_KANA})
_APOSTROPHE = re.compile("[\u02b9-\u02bf\u02c8\u02ee\ua78b\ua78c]")  # letters to Unicode, apostrophes to those who type
_NUMBER_FORMS = re.compile("[\u2116\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215f\u2189\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")
"""Signs that would run into the number beside them: 12½ is no 121, and 12² no 122."""
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_ACCENTED = re.compile(f"[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]{_MARK}*|[A-Za-z\u0250-\u02af]{_MARK}+")
_IOTA = "\u0345"  # below a Greek vowel; a letter of its own once the case is folded
_STRESS = re.compile("(?<=[\u0400-\u052f])[\u0300\u0301]+")
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u0653\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed]+"
)
_KANA_OR_HAN = "\u3005-\u3007\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACE_BESIDE = re.compile(f"(?<=[{_KANA_OR_HAN}]) +| +(?=[{_KANA_OR_HAN}])")
_UNSETTLED = re.compile(f"[a-z\u00c0-\u024f\u0370-\u0390\u1e00-\u1fff\u30fc\u3099\u309a]|{_MARK}|{_POINTS.pattern}")
"""What a second look may change, in a text that is not Latin alone: twins of letters, dashes, marks."""
_PASSES = 4
_NUMBER_DASH = re.compile(r"(?<=\d)\u30fc(?=\d)")


def letters_of(text: str) -> str:
    """Return the words of a text as the rules above have them, a space between two.

    What a rule makes may be another rule's matter: such a text goes through them again, until it stays.
    """
    form = _through_rules(text)
    for _ in range(_PASSES):
        if form.isascii() or not _UNSETTLED.search(form) or (again := _through_rules(form)) == form:
            break
        form = again
    return form


def _through_rules(text: str) -> str:
    text = _bare(_NUMBER_FORMS.sub(r" \g<0> ", text))
    text = _bare(_APOSTROPHE.sub(" ", text).casefold())  # casefold: 'ŉ' has an apostrophe inside
    text = with_ascii_digits(without_look_alikes(_POINTS.sub("", text)))
    text = _NUMBER_DASH.sub(" ", text)
    words = " ".join("".join([char if char.isalnum() or _is_mark(char) else " " for char in text]).split())
    return unicodedata.normalize("NFC", _SPACE_BESIDE.sub("", words))


def _bare(text: str) -> str:
    """Return the text without compatible forms, accents and stress, letters as the tables above."""
    text = _ACCENTED.sub(_plain, unicodedata.normalize("NFKC", text))
    return _STRESS.sub("", text.translate(_LETTERS))


def _plain(accented: re.Match[str]) -> str:
    """Return a Latin or Greek letter without its accents."""
    return "".join([char for char in unicodedata.normalize("NFD", accented[0]) if char == _IOTA or not _is_mark(char)])


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"
