"""Signs of addresses that are no mere space between words: dots of acronyms, apostrophes, `#`, `C/`, `D:`."""

from __future__ import annotations

import re

_LIKE_ASCII = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bb\u02bc\u2032\u00b4`\uff07", "'"), "\uff0e": ".", "\uff03": "#", "\uff0f": "/"}
)
_INNER_DOT = re.compile(r"\.(?:[^\W\d_]| [a-z]\.)", re.IGNORECASE)
_JOINED = re.compile(r"\b(o)'(?=[^\W\d_]{2})|(?<=[^\W\d_])'(s)\b", re.IGNORECASE)
"""An apostrophe that some leave out: O'Connell, St. John's. After l, d, dell and the like it is a space."""
_ACRONYM = re.compile(r"\b[^\W\d_](?:\.[^\W\d_])+\b\.?|\b(?:p\. ?o|[ns]\. ?[ew]|u\. ?s(?:\. ?a)?)\b\.?", re.IGNORECASE)
_CONTRACTED = re.compile(r"\b([vpclfs])\.(le|lo|za|zza|zle|so|go|lli|da|ta|to)\b", re.IGNORECASE)
"""Italian words of which the middle is left out: V.le, P.zza, C.so, L.go, S.ta."""
_NUMERO = re.compile(r"\bn\.?[\u00b0\u00ba]", re.IGNORECASE)
_UNIT_SIGN = re.compile(
    r"\b(apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|bldg|building|no|number|box|lot|space|route|rte|highway|hwy)\.?\s*#"
    r"|#(?=\s*[0-9]+-[0-9])|^\s*#",
    re.IGNORECASE,
)
"""A `#` that says no more than the word before it, begins the house number, or is one between streets."""
_FLAT_SIGN = re.compile(r"#\s*(?=[^\W_])")
_CALLE = re.compile(r"\bc/\s*(?!o\b)(?=[^\W\d_])", re.IGNORECASE)
_RUA = re.compile(
    r"(?:(?<=^)|(?<=[,;\n0-9]))(\s*)r\.\s*(?=[^\W\d_]{2})"
    r"(?!.*\b(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|pl|place|way)\b)",
    re.IGNORECASE,
)
"""`R.` before a name, but where another word says what the street is: `R. Kelly Avenue`."""
_FLAT_OR_FLOOR = re.compile(r"\b([dk]):\s*(?=[0-9])", re.IGNORECASE)
_TURKISH = {"d": "daire ", "k": "kat "}
_HYPHENED = re.compile(r"\b(?:пр-к?т|пр-д|б-р|р-н|мкр-н|кв-л|пл-дь|ш-се|просп-т)\b\.?", re.IGNORECASE)
_RUSSIAN = {
    "пр-т": "просп", "пр-кт": "просп", "просп-т": "просп", "пр-д": "проезд", "б-р": "бул", "р-н": "район", "мкр-н": "мкр",
    "кв-л": "квартал", "пл-дь": "пл", "ш-се": "ш",
}  # fmt: skip


def has_signs(text: str) -> bool:
    """Return whether an address of ASCII in lower case may hold a sign that matters; most hold none."""
    return (
        "'" in text or "#" in text or "c/" in text or " r." in text or text[:2] == "r." or "d:" in text or "k:" in text or "`" in text
        or _INNER_DOT.search(text) is not None
    )  # fmt: skip


def with_signs_read(text: str) -> str:
    """Return an address in which the signs are words, or gone: `P.O.` is PO, `O'Neill` ONeill, `#4` Apt 4."""
    text = text.translate(_LIKE_ASCII)
    if "'" in text:
        text = _JOINED.sub(r"\1\2", text)
    text = _NUMERO.sub("no ", text)
    if "." in text:
        text = _CONTRACTED.sub(r"\1\2 ", text)
        text = _ACRONYM.sub(lambda found: found[0].replace(".", "").replace(" ", "") + " ", text)
        text = _RUA.sub(r"\1rua ", text)
    if "#" in text:
        text = _FLAT_SIGN.sub(" apt ", _UNIT_SIGN.sub(r"\1 ", text))
    if "/" in text:
        text = _CALLE.sub("calle ", text)
    if ":" in text:
        text = _FLAT_OR_FLOOR.sub(lambda found: _TURKISH[found[1].lower()], text)
    if "-" in text and not text.isascii():
        text = _HYPHENED.sub(lambda found: _RUSSIAN[found[0].lower().rstrip(".")] + " ", text)
    return text
