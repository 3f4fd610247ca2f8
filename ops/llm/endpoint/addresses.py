"""The address that is asked: OpenAI's path, or one of Azure's two.

With `llm.azure_api_version` the resource `https://NAME.openai.azure.com` is asked at
`/openai/deployments/MODEL`. An address that ends in `/openai/v1` is asked like any other.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from ops.llm.settings import LlmSettings

_OPENAI = "https://api.openai.com/v1"
_COMPLETIONS = "/chat/completions"
_AZURE_V1 = "/openai/v1"
_VERSION = re.compile(r"/v\d+\w*(?:/|$)")


def address_of(settings: LlmSettings, suffix: str = "") -> str:
    """Return the URL of chat completions; `suffix` is what `other_suffix` suggested."""
    base = urlsplit(settings.base_url or _OPENAI)
    path = base.path.rstrip("/").removesuffix(_COMPLETIONS).rstrip("/")
    query = base.query
    if suffix:
        path += suffix
    elif settings.azure_api_version and _AZURE_V1 not in f"{path}/":
        path, query = _deployment(path, settings.model), f"api-version={quote(settings.azure_api_version, safe='')}"
    return urlunsplit((base.scheme, base.netloc, path + _COMPLETIONS, query, ""))


def _deployment(path: str, model: str) -> str:
    if "/deployments/" in path:
        return path
    return f"{path.removesuffix('/openai')}/openai/deployments/{quote(model, safe='')}"


def other_suffix(settings: LlmSettings) -> str:
    """Return the version to add to `llm.base_url` where it leads to nothing; empty if it has one."""
    base = urlsplit(settings.base_url or _OPENAI)
    path = f"{base.path.rstrip('/')}/"
    if _VERSION.search(path) or "/deployments/" in path:
        return ""
    is_azure = bool(settings.azure_api_version) or (base.hostname or "").endswith(".azure.com")
    return _AZURE_V1.removeprefix(path.rstrip("/")) if is_azure else "/v1"


def redirected(url: str, location: str) -> str | None:
    """Return where a redirect leads; None if that is another host, which must not get the key."""
    try:
        there = urljoin(url, location.strip())
        return there if location and _origin(urlsplit(there)) == _origin(urlsplit(url)) and there != url else None
    except ValueError:
        return None


def _origin(parts: SplitResult) -> tuple[str, str, str | None, int | None]:
    user, at, _ = parts.netloc.rpartition("@")  # of whom the client makes another key
    return parts.scheme, user + at, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def is_azure(url: str) -> bool:
    """Return whether an address is one of Azure's paths, where the key has a header of its own."""
    return "/openai/deployments/" in url or _AZURE_V1 in url
