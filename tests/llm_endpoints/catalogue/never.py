"""Endpoints that cannot answer: no key, no model, no money, no such place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.dress import refusal
from tests.llm_endpoints.model import Model
from tests.llm_endpoints.reply import Reply, json_reply, page
from tests.llm_endpoints.rules import at_times, openai_error, refuse, sends
from tests.llm_endpoints.server import KEY, Script

ACCOUNT = "aVo3hJk1pQ9d_7ZxW5"


@dataclass(frozen=True)
class Never:
    """An endpoint without an answer.

    The reason of the template names `says`, in any case of letters, and never what is in `hidden`; at most
    `requests` are made for four revisions.
    """

    script: Script
    says: str
    hidden: tuple[str, ...] = (KEY,)
    requests: int = 1
    opens: bool = True
    """Whether it opens the circuit at once."""


def _always(name: str, reply: Reply) -> Script:
    return Script(name, (at_times(reply, every=1),))


_KEY = f"Incorrect API key provided: {KEY[:12]}*****{KEY[-4:]}. You can find your API key at https://platform.openai.com/account/api-keys."
_CSS = "\n".join(f".cf-box-{number} {{ color: #{number:06x}; padding: {number}px }}" for number in range(1000))
_FORBIDDEN = f"<!DOCTYPE html>\n<html><head><title>Access denied | example.invalid</title><style>{_CSS}</style></head>\n"
_FORBIDDEN += "<body>\x1b[31mNo\x1b[0m</body></html>"
_CONSOLE = (
    '<!doctype html><html lang="zh"><head><meta charset="utf-8"/><title>One API</title></head><body><div id="root"></div></body></html>'
)
_MODEL = {
    "type": "urn:inference-service:problem-details:not-found",
    "title": "Not Found",
    "status": 404,
    "detail": f"Function '0dbb6b4e-9b7a-4b5f-9d0e-1f2a3b4c5d6e': Not found for account '{ACCOUNT}'",
}
_DAYS = {
    "error": {
        "code": "RateLimitReached",
        "message": "Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 52220 seconds before retrying.",
        "details": "Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 52220 seconds before retrying.",
    }
}
_QUOTA = openai_error(
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors.",
    kind="insufficient_quota",
    code="insufficient_quota",
)
_BALANCE = openai_error("Insufficient Balance", kind="unknown_error", code="invalid_request_error")
_MOVED = Reply(
    301,
    b"<html>\r\n<head><title>301 Moved Permanently</title></head>\r\n"
    b"<body>\r\n<center><h1>301 Moved Permanently</h1></center>\r\n</body>\r\n</html>",
    {"Content-Type": "text/html", "Location": "https://llm.invalid/v1/chat/completions"},
)

_CREDENTIALS = {"code": "unauthenticated:bad-credentials", "error": "The OAuth2 access token could not be validated."}
_VERIFIED = openai_error("Your organization must be verified to use the model `gpt-5`. Please go to: https://platform.openai.com/settings")
_NO_PATH = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body><center><h1>404 Not Found</h1></center></body></html>"
_PROVIDER = openai_error("The requested model 'tiny' is not supported by any provider you have enabled.", code="model_not_supported")
_ELSEWHERE = Reply(308, b"", {"Location": "https://llm.invalid/v1/chat/completions"})


def _no_cap(asked: Asked) -> Any:
    (name,) = asked.caps
    return openai_error(f"Unsupported parameter: '{name}' is not supported with this model.", param=name, code="unsupported_parameter")


NEVER = (
    Never(
        _always("key-refused", json_reply(401, openai_error(_KEY, code="invalid_api_key"))), "Incorrect API key", (KEY, KEY[:12], KEY[-4:])
    ),
    Never(
        _always("model-missing", Reply(404, json.dumps(_MODEL).encode(), {"Content-Type": "application/problem+json"})),
        "Not found",
        (KEY, ACCOUNT),
    ),
    Never(_always("forbidden-page", page(403, _FORBIDDEN)), "403", (KEY, "color:", "\x1b", "<")),
    Never(_always("no-balance", json_reply(402, _BALANCE)), "Insufficient Balance"),
    Never(_always("no-quota", json_reply(429, _QUOTA)), "exceeded your current quota", (KEY, "https:")),
    Never(_always("moved", _MOVED), "301", (KEY, "llm.invalid", "<")),
    Never(_always("days-to-wait", json_reply(429, _DAYS, Retry_After="52220")), "52220", opens=False),
    Never(_always("console-page", page(200, _CONSOLE)), "One API", (KEY, "<"), requests=2, opens=False),
    Never(
        Script("refuses-to-write", (), Model(shape=refusal("I'm sorry, I can't assist with that."))),
        "can't assist with that",
        (KEY,),
        requests=8,
        opens=False,
    ),
    Never(_always("bad-credentials", json_reply(403, _CREDENTIALS)), "could not be validated"),
    Never(_always("not-verified", json_reply(403, _VERIFIED)), "must be verified", (KEY, "https:")),
    Never(_always("no-such-path", page(404, _NO_PATH)), "404 Not Found", (KEY, "<")),
    Never(
        _always("no-deployment", json_reply(404, openai_error("The API deployment does not exist.", code="DeploymentNotFound"))),
        "deployment",
    ),
    Never(
        _always("not-pulled", json_reply(404, openai_error('model "tiny" not found, try pulling it first', kind="api_error"))),
        "try pulling it",
    ),
    Never(_always("no-provider", json_reply(400, _PROVIDER)), "not supported by any provider"),
    Never(
        _always("no-model-id", json_reply(400, {"error": {"message": "tiny is not a valid model ID", "code": 400}})), "not a valid model ID"
    ),
    Never(
        _always("retired", json_reply(410, {"status": 410, "title": "Gone", "detail": "The model has reached its end of life."})),
        "end of life",
    ),
    Never(
        _always("arrears", json_reply(400, {"error": {"code": "Arrearage", "message": "Access denied, account not in good standing."}})),
        "standing",
        opens=False,
        requests=4,
    ),
    Never(
        Script("takes-no-cap", (refuse(sends("max_tokens", "max_completion_tokens"), 400, _no_cap),)),
        "tokens' is not supported",
        requests=12,
        opens=False,
    ),
    Never(_always("elsewhere", _ELSEWHERE), "308", (KEY, "llm.invalid")),
)
