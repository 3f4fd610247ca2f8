"""The addresses that are asked."""

from __future__ import annotations

import pytest

from ops.llm.endpoint.addresses import address_of, is_azure, other_suffix, redirected
from ops.llm.settings import LlmSettings


@pytest.mark.parametrize(
    ("base", "version", "address"),
    [
        (None, None, "https://api.openai.com/v1/chat/completions"),
        ("http://h:1/v1", None, "http://h:1/v1/chat/completions"),
        ("http://h:1/v1/", None, "http://h:1/v1/chat/completions"),
        ("http://h:1/v1/chat/completions", None, "http://h:1/v1/chat/completions"),
        ("https://h/api?key=1", None, "https://h/api/chat/completions?key=1"),
        ("https://n.openai.azure.com", "2024-10-21", "https://n.openai.azure.com/openai/deployments/gpt%2Fx/chat/completions?api-version=2024-10-21"),
        ("https://n.openai.azure.com/openai/", "2024-10-21", "https://n.openai.azure.com/openai/deployments/gpt%2Fx/chat/completions?api-version=2024-10-21"),
        ("https://n.openai.azure.com/openai/deployments/d", "v", "https://n.openai.azure.com/openai/deployments/d/chat/completions?api-version=v"),
        ("https://n.openai.azure.com/openai/v1", None, "https://n.openai.azure.com/openai/v1/chat/completions"),
        ("https://n.openai.azure.com/openai/v1/", "preview", "https://n.openai.azure.com/openai/v1/chat/completions"),
    ],
)  # fmt: skip
def test_chat_completions_are_below_the_address_or_at_azures_deployment(base: str | None, version: str | None, address: str) -> None:
    settings = LlmSettings(base, "key", "gpt/x", azure_api_version=version)
    assert address_of(settings) == address
    assert is_azure(address) == ("azure" in address)


@pytest.mark.parametrize(
    ("base", "version", "suffix"),
    [
        ("http://h:1", None, "/v1"),
        ("http://h:1/", None, "/v1"),
        ("https://h/api", None, "/v1"),
        ("http://h:1/v1", None, ""),
        ("https://h/api/paas/v4/", None, ""),
        ("https://h/v1beta/openai", None, ""),
        ("https://n.openai.azure.com", None, "/openai/v1"),
        ("https://n.openai.azure.com/openai", "v", "/v1"),
        ("https://n.openai.azure.com/openai/deployments/d", "v", ""),
        (None, None, ""),
    ],
)
def test_a_version_is_added_only_where_there_is_none(base: str | None, version: str | None, suffix: str) -> None:
    settings = LlmSettings(base, "key", azure_api_version=version)
    assert other_suffix(settings) == suffix
    if suffix:
        assert address_of(settings, suffix).endswith("/v1/chat/completions")


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/v1/chat/completions/", "https://h/v1/chat/completions/"),
        ("https://h:443/other", "https://h:443/other"),
        ("http://h/v1/chat/completions", None),
        ("https://elsewhere/v1/chat/completions", None),
        ("//elsewhere/v1", None),
        ("https://h@elsewhere/v1", None),
        ("https://h:8443/v1", None),
        ("https://[bad/v1", None),
        ("", None),
        ("https://h/v1/chat/completions", None),
    ],
)
def test_a_redirect_stays_with_its_host(location: str, there: str | None) -> None:
    assert redirected("https://h/v1/chat/completions", location) == there
