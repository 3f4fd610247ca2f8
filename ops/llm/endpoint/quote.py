"""What an endpoint says, fit to be shown: one line, bounded, without secrets, addresses, markup, our prompt.

It is data from outside. It is shown to people, and never goes into a prompt.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

_MOST_READ = 64 * 1024
_MOST_CLEANED = 4_000  # of which at most a few hundred are shown
_ECHO = 20  # characters in a row that are no chance
_KEY_PART = 8
_GAP = "\u2026"

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)|\\u001b\[[0-9;]*m", re.DOTALL)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_BLOCKS = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"</?[A-Za-z!][^<>]{0,500}>|<!--")
_URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'<>]+|\bwww\.[^\s\"'<>]+", re.IGNORECASE)
_DOMAIN = re.compile(
    r"\b(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|io|ai|dev|app|cloud|co|eu|de|fr|uk|cn|us|info|local|internal|lan|svc|test|example)"
    r"\b(?![\w(])(?::\d{1,5})?(?:/[^\s\"'<>]*)?",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\s\"',;()]+")
_NAMED = "function|account|organization|organisation|org|project|user|tenant|subscription|workspace|team|customer"
_SECRETS = tuple(
    (re.compile(pattern, re.IGNORECASE), shown)
    for pattern, shown in (
        (r"\b(bearer|basic)\s+[^\s\"',;]{4,}", r"\1 ***"),
        (r"\b(?:sk|gsk|pk|rk|ak|xai|nvapi|hf|pplx|csk|fw|r8|ghp|gho|github_pat|glpat)[-_](?=\S*[\d*])[^\s\"',;()]{4,}", "***"),
        (r"\beyJ[\w.=-]{8,}|\bAIza[\w-]{8,}|\bA(?:KIA|SIA)\w{8,}", "***"),
        (r"\bwhsec_[\w+/=-]{4,}|\bxox[a-z]-[\w-]{4,}|\bxapp-[\w-]{4,}", "***"),
        (r"\b(?:org|proj|acct|user|team|tenant|cus)[-_](?=\w*\d)\w{4,}", "***"),
        (rf"\b({_NAMED})((?:[ _-]?id)?(?:\s?[:=]\s?|\s))([\"'`])[^\"'`]{{1,200}}\3", r"\1\2***"),
        (rf"\b({_NAMED})((?:[ _-]?id)?\s?[:=#]?\s?)(?=[\w-]*\d)[\w-]{{6,}}", r"\1\2***"),
        (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", "***"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d{1,5}\b)?|\[[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}\](?::\d{1,5})?", "***"),
        (r"(?<![\w-])[0-9a-f-]{32,}(?![\w-])|\b(?=[a-z]{0,60}\d)[a-z0-9]{32,}", "***"),
    )
)


def cleaned(text: str, hidden: Sequence[str] = (), prompt: Sequence[str] = (), most: int = 200) -> str:
    """Return a text of an endpoint on one line of at most `most` characters.

    `hidden` holds the key and the host, `prompt` what was asked: neither is shown, nor a part of the key.
    """
    text = _plain(html.unescape(text[:_MOST_READ]))
    if _is_page(text):
        title = _TITLE.search(text)
        text = f"an HTML page: {title[1]}" if title and title[1].strip() else "an HTML page"
    text = without_echo(text[:_MOST_CLEANED], prompt)
    for secret in hidden:
        text = _without(text, secret)
    text = _MARKUP.sub(f" {_GAP} ", _BLOCKS.sub(f" {_GAP} ", text))
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    text = _TOKEN.sub(_masked, _DOMAIN.sub(_GAP, _URL.sub(_GAP, text)))
    return _cut(re.sub(rf"(?:{_GAP}\s*){{2,}}", f"{_GAP} ", text), most)


def without_escapes(text: str) -> str:
    """Return a text without the sequences that color it on a terminal: their numbers say nothing."""
    return _ESCAPES.sub("", text)


def _plain(text: str) -> str:
    """Return a text without escape sequences, control, direction and zero-width signs, each gap one blank."""
    text = unicodedata.normalize("NFC", without_escapes(text))
    return " ".join("".join(map(_shown, text)).split())


def _shown(sign: str) -> str:
    kind = unicodedata.category(sign)
    return sign if kind[0] not in "CZ" else " " if kind in ("Cc", "Zs", "Zl", "Zp") else ""


def _is_page(text: str) -> bool:
    begin = text[:2_000].lower()
    return begin.startswith("<") and any(tag in begin for tag in ("<html", "<!doctype", "<head", "<body", "<title"))


def without_echo(text: str, prompt: Sequence[str]) -> str:
    """Return `text` without what repeats the prompt, escaped or not."""
    asked = [_plain(part).replace("\\", "") for part in prompt]
    known = {part[n : n + _ECHO] for part in asked for n in range(len(part) - _ECHO + 1)}
    return _without_runs(text.replace("\\", ""), known, _ECHO, f" {_GAP} ") if known else text


def _without(text: str, secret: str) -> str:
    """Return `text` without a secret: a key also in parts, a host as the word `endpoint`."""
    if len(secret) < 4:
        return text
    is_key = "." not in secret and len(secret) >= _KEY_PART and any(sign.isdigit() for sign in secret)
    is_host = "." in secret or ":" in secret or secret.lower() == "localhost"
    text = re.sub(re.escape(secret), "endpoint" if is_host else "***", text, flags=re.IGNORECASE)
    if not is_key:
        return text
    parts = {secret[n : n + _KEY_PART] for n in range(len(secret) - _KEY_PART + 1)}
    text = _without_runs(text, parts, _KEY_PART, "***")
    text = _TOKEN.sub(lambda token: "***" if _shows(token[0], secret) else token[0], text)
    return _without_disguised(text, secret)


def _without_disguised(text: str, secret: str) -> str:
    """Return `text` without a key that has signs between its own, another width, or is written backwards."""
    key, (signs, places) = _letters(secret)[0], _letters(text)
    parts = {each[n : n + _KEY_PART] for each in (key, key[::-1]) for n in range(len(each) - _KEY_PART + 1)}
    hits = [n for n in range(len(signs) - _KEY_PART + 1) if signs[n : n + _KEY_PART] in parts]
    runs: list[list[int]] = []
    for n in hits:
        if runs and places[n] <= runs[-1][1]:
            runs[-1][1] = places[n + _KEY_PART - 1] + 1
        else:
            runs.append([places[n], places[n + _KEY_PART - 1] + 1])
    for begin, end in reversed(runs):  # from the end, so that the places before stay right
        text = f"{text[:begin]}***{text[end:]}"
    return text


def _letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text, without case and width, and the place of each."""
    found = [(plain, at) for at, sign in enumerate(text) for plain in unicodedata.normalize("NFKC", sign).casefold() if plain.isalnum()]
    return "".join(plain for plain, _ in found), [at for _, at in found]


def _shows(token: str, secret: str) -> bool:
    """Return whether a word begins as a secret does, or ends as it does after signs that hide the rest."""
    hidden, end = token[: -len(secret[-4:])], secret[-4:]
    return token.startswith(secret[:4]) or (token.endswith(end) and hidden.endswith(("**", "..", "xx", _GAP, "\u2022\u2022")))


def _masked(token: re.Match[str]) -> str:
    """Return `***` for a word of which the endpoint shows a part."""
    core = token[0].rstrip(".:!?")
    return f"***{token[0][len(core) :]}" if "***" in core else token[0]


def _without_runs(text: str, known: set[str], length: int, shown: str) -> str:
    """Return `text` with `shown` for each run of pieces of `length` characters that are in `known`."""
    runs: list[tuple[int, int]] = []
    for n in range(len(text) - length + 1):
        if text[n : n + length] in known:
            begin = runs.pop()[0] if runs and n <= runs[-1][1] else n
            runs.append((begin, n + length))
    kept, at = "", 0
    for begin, end in runs:
        kept, at = f"{kept}{text[at:begin]}{shown}", end
    return kept + text[at:]


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head, blank, _ = text[: most - 1].rpartition(" ")
    return (head if blank and len(head) > most // 2 else text[: most - 1]).rstrip() + _GAP
