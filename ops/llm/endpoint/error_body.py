"""What an answer that is no completion says: its status, texts, codes and the parameters it points at.

No two endpoints write errors alike: a text, a list of them, JSON within a text within JSON, a page of HTML.
So the whole value is walked, and each string is taken for what its key says.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.llm.endpoint.body import json_of
from ops.llm.endpoint.quote import without_escapes

MOST_CHARS = 64 * 1024
"""More of an error is not read."""
_DEEPEST = 8
_MOST_STRINGS = 200
_MOST_LITERAL = 8_192  # characters of Python's repr that are read

_CODES = ("code", "type", "status", "error_type", "errortype", "error_code", "statuscode", "reason", "__type")
_PARAMS = ("param", "parameter", "field", "loc", "unsupported_parameters")
# Any other key is a part of what it says: {"errors": {"temperature": ["out of range"]}}
_TEXTS = (
    "message", "messages", "msg", "error", "errors", "detail", "details", "title", "description", "error_message",
    "error_description", "html-message", "raw", "metadata", "external_model_message", "innererror", "inner_error",
    "cause", "text", "hint", "reason", "data", "body", "result", "output", "response", "faultstring", "fault", "type",
    "code", "status", "reasons", "warnings", "note", "summary",
)  # fmt: skip
# What was sent may come back here, and what names no fault may hold a word that does.
_SKIPPED = (
    "input", "ctx", "failed_generation", "usage", "id", "request_id", "requestid", "user_id", "trace", "trace_id", "provider_name", "model",
    "object", "created", "@type", "url", "documentation_url", "doc_url", "help", "headers", "instance", "timestamp", "choices", "messages",
    "prompt", "request", "response_format", "path", "method", "version", "date", "content_filter_results", "content_filter_result",
)  # fmt: skip
_GENERAL_CODES = (
    "invalid_request_error", "api_error", "badrequesterror", "badrequest", "bad_request", "invalid_argument", "bad request", "server_error",
    "validation", "literal_error", "missing", "extra_forbidden", "not found", "forbidden", "not_found", "unknown_error",
)  # fmt: skip
_NO_CODE = ("", "none", "null", "error", "object")
_NO_PARAM = ("", "none", "null", "validation_error", "prompt", "messages", "input", "quota", "body")
# "does not support parameters: {'temperature': 0}"
_LISTS_PARAMS = re.compile(r"\b(?:parameters?|params?|arguments?|fields?|keys?)\W{0,5}$", re.IGNORECASE)
_EMBEDDED = re.compile(r"""[\[{]\s*["'{\[\]}]""")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as it was said. `status` is the one that counts: under 200 that of the body, if it names one.

    `value` is the decoded body, None if it is no JSON; `is_page`: it is HTML.
    """

    status: int
    texts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    value: Any = None
    is_page: bool = False

    def has_code(self, codes: Collection[str]) -> bool:
        """Return whether one of `codes`, in lower case, was said."""
        return any(code.casefold() in codes for code in self.codes)

    @property
    def code(self) -> str:
        """Return the first code that says more than the status, empty if there is none."""
        return next((code for code in self.codes if not code.isdigit() and code.casefold() not in _GENERAL_CODES), "")

    @property
    def text(self) -> str:
        """Return all texts as one."""
        return "\n".join(self.texts)


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ErrorBody:
    """Read the answer to a request that was refused, or that failed."""
    text = without_escapes(body[: MOST_CHARS * 4].decode("utf-8-sig", "replace").replace("\0", "").strip()[:MOST_CHARS])
    try:
        value = json_of(body)
    except ValueError:
        value = None
    found, is_page = _Found(), value is None and (text[:1] == "<" or "html" in text[:200].lower())
    found.walk(text if value is None else value, "message", 0)
    codes = tuple(code for code in dict.fromkeys(found.codes) if code.casefold() not in _NO_CODE)
    params = tuple(param for param in found.params if param.casefold() not in _NO_PARAM)
    texts = tuple(dict.fromkeys(found.texts))
    return ErrorBody(_status(status, found.codes, value), texts, codes, params, headers, value, is_page)


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    strings: int = 0
    left: int = MOST_CHARS
    """Characters that may still be read, of all strings together."""

    def walk(self, value: Any, key: str, depth: int) -> None:
        """Take in the value of `key`."""
        self.strings += 1
        if depth > _DEEPEST or self.strings > _MOST_STRINGS or key in _SKIPPED:
            return
        if key in _PARAMS and not isinstance(value, Mapping):
            self.params += _param(value)
        elif isinstance(value, str):
            text = value[: self.left]
            self.left -= len(text)
            self._take(without_escapes(text), key, depth)
        elif key in _CODES and isinstance(value, int) and not isinstance(value, bool):
            self.codes.append(str(value))
        elif isinstance(value, Mapping):
            for name, inner in list(value.items())[:_MOST_STRINGS]:
                self.walk(inner, str(name).casefold(), depth + 1)
        elif isinstance(value, list | tuple):
            for inner in value[:_MOST_STRINGS]:
                self.walk(inner, key, depth + 1)

    def _take(self, text: str, key: str, depth: int) -> None:
        if key in _CODES and text.count(" ") < 3:
            self.codes.append(text.strip())
            return
        before, embedded = _unwrapped(text)
        if embedded is None:
            before = text
        if before.strip(" -:=\"'"):
            self.texts.append(before.strip() if key in _TEXTS else f"{key}: {before.strip()}")
        if isinstance(embedded, Mapping) and _LISTS_PARAMS.search(before):
            self.params += map(str, list(embedded)[:10])
        if embedded is not None:
            self.walk(embedded, "message", depth + 1)


def _unwrapped(text: str) -> tuple[str, Any]:
    """Return what is before a JSON or Python value within a text, and the value; None if there is none."""
    match = _EMBEDDED.search(text)
    if not match:
        return text, None
    begin = match.start()
    for value in _values(text[begin:]):
        if isinstance(value, dict) or (isinstance(value, list) and any(_says_something(item) for item in value)):
            return text[:begin], value
    return text, None


def _says_something(item: Any) -> bool:
    """Return whether an item of a list is more than a name: a list of names belongs to its sentence."""
    return isinstance(item, dict) or (isinstance(item, str) and " " in item)


def _values(text: str) -> Iterator[Any]:
    for plain in (text, text.replace('\\"', '"')):
        try:
            yield json.JSONDecoder(strict=False).raw_decode(plain)[0]
        except (ValueError, RecursionError):
            continue
    end = max(text.rfind("]"), text.rfind("}")) + 1
    if 0 < end <= _MOST_LITERAL:
        try:
            yield ast.literal_eval(text[:end])
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return


def _param(value: Any) -> list[str]:
    """Return the parameters that a value names: a text, or a path like ["body", "max_tokens"]."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [".".join(part for part in value[:10] if isinstance(part, str) and part != "body")]
    return []


def _status(status: int, codes: list[str], value: Any) -> int:
    """Return the status that counts: an error under 200 names its own, or is a 400 by what it says."""
    if status >= 300:
        return status
    named = [int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)]
    if named:
        return named[0]
    if value is None:
        return status
    cloudflare = isinstance(value, Mapping) and value.get("success") is False
    return 503 if cloudflare and {"3040", "3036"} & set(codes) else 400
