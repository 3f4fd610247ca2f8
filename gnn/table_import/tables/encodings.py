"""Which encoding text is in that is not UTF-8: only where its bytes leave no serious doubt."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence

from gnn.table_import.tables.alphabets import likeness

SAMPLE_BYTES = 1 << 15
"""As many bytes of lines with letters beyond ASCII are looked at: recognising costs time per byte."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; UTF-32 before UTF-16, as one begins with the other."""
_CANDIDATES = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "koi8_r", "cp850", "cp852", "cp866",
    "mac_roman", "cp932", "euc_jp", "gb18030", "cp949", "big5",
]  # fmt: skip
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ASIAN = {"cp932", "euc_jp", "gb18030", "cp949", "big5"}
_WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßŒœŠšŽžŸ")
_APART = frozenset("€£¥¢§°©®™–—‘’“”„…·•«»¿¡ºª½¼¾²³µ±×\u00a0")
_MARGIN, _COHERENT = 0.03, 0.3
"""Of the recogniser's mess, and of its likeness to a language: nearer readings are as likely."""


def marked(head: bytes) -> tuple[str, int] | None:
    """Return the encoding that a byte order mark or the zero bytes show, and the mark's length."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    zeros = [head[place::4].count(0) / max(1, len(head) // 4) for place in range(4)]
    few = [share < 0.2 for share in zeros]
    if len(head) < 8 or all(few):
        return None
    patterns: dict[tuple[bool, ...], str] = {(True, False, True, False): "utf-16-le", (False, True, False, True): "utf-16-be"}
    patterns |= {(True, False, False, False): "utf-32-le", (False, False, False, True): "utf-32-be"}
    return (patterns[tuple(few)], 0) if tuple(few) in patterns else None


def mixed(data: bytes) -> bool:
    """Return whether most words beyond ASCII are UTF-8: then the rest is damage, no other encoding."""
    words = re.findall(rb"[\x80-\xff]+", data)
    good = sum(not _UTF8.sub(b"", word) for word in words)
    return 2 * good >= len(words)


def recognised(data: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Return the encoding of bytes that are no UTF-8, None if in doubt, and those that may be meant.

    Of these, the ones whose words are spelt as a language does are the first.
    """
    from charset_normalizer import from_bytes  # only here: it costs 100 ms, and most tables are UTF-8

    lines = b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:SAMPLE_BYTES]
    readings = [(m.encoding, str(m), m.chaos, m.coherence) for m in from_bytes(lines, cp_isolation=_CANDIDATES)]
    names = _spelt(lines, [name for name, *_ in readings])
    western = _decoded(lines, "cp1252")
    if western is not None and _is_western(western):
        same = next(((chaos, coherence) for _, text, chaos, coherence in readings if text == western), None)
        if same is not None and all(coherence <= same[1] + 0.1 for _, _, _, coherence in readings):
            return "cp1252", ("cp1252", *names)
        names = ("cp1252", *(name for name in names if name != "cp1252"))
    if not readings:
        return None, names
    best, text, chaos, coherence = readings[0]
    rivals = [r for r in readings[1:] if r[1] != text and r[2] <= chaos + _MARGIN and r[3] > coherence - _COHERENT]
    sure = not rivals and (best in _ASIAN or (coherence >= _COHERENT and not _has_signs_within(text)))
    return (best if sure else None), names


def _spelt(data: bytes, likely: Sequence[str]) -> tuple[str, ...]:
    """Return up to four encodings, each of another text: the best spelt first, of equals the likeliest."""
    tried = [*likely, *(name for name in _CANDIDATES if name not in _ASIAN)]
    texts = {name: text for name in tried if (text := _decoded(data, name)) is not None}
    scores = {name: 0.0 if _has_signs_within(text) else likeness(text) for name, text in texts.items()}
    names = [name for name in sorted(scores, key=lambda name: -scores[name]) if scores[name] >= 0.5 or name in likely[:3]]
    return tuple({texts[name]: name for name in reversed(names)}.values())[::-1][:4] or ("cp1252",)


def shown_letters(text: str) -> str:
    """Return the first few letters beyond ASCII, which name nobody."""
    return " ".join(list(dict.fromkeys(c for c in text if not c.isascii() and c.isprintable() and not c.isspace()))[:8])


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_western(text: str) -> bool:
    """Return whether letters beyond ASCII are Western European and the fewer, and signs stand apart."""
    if not _WESTERN.issuperset(c for c in text if not c.isascii() and c not in _APART) or _has_signs_within(text):
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    letters = sum(map(len, words))
    high = sum(not c.isascii() and unicodedata.category(c).startswith("L") for word in words for c in word)
    return high <= letters / 2


def _has_signs_within(text: str) -> bool:
    """Return whether a sign beyond ASCII is between two letters, where a wrong reading puts it."""
    return any(not found[0].isalpha() for found in re.finditer(r"(?<=[^\W\d_])[^\x00-\x7f’ºª·](?=[^\W\d_])", text))
