"""The words and codes by which endpoints say what is wrong. Texts are folded, codes case-folded.

Quoted from the answers of real endpoints; the tests hold the answers.
"""

from __future__ import annotations

import re

KEY_CODES = frozenset({
    "invalid_api_key", "authentication_error", "permission_denied", "permission_error", "unauthenticated",
    "unauthorized", "api_key_invalid",
    "invalid_authentication_error", "bad-credentials", "unauthenticated:bad-credentials", "accessdeniedexception",
    "invalidapikey",
})  # fmt: skip
KEY = re.compile(
    r"bad-credentials|must be verified|\bunauthori[sz]ed\b|authentication (?:failed|required|error)|not authenticated"
    r"|(?:invalid|incorrect|expired|missing|wrong|revoked|no) (?:api[ _-]?key|access token|credentials?|authentication)"
    r"|(?:api[ _-]?key|access token|credentials?) (?:\w+ ){0,3}"
    r"(?:not valid|invalid|incorrect|expired|revoked|missing|not found|disabled|required)"
)
MONEY_CODES = frozenset({
    "insufficient_quota", "insufficient_balance", "insufficient_user_quota", "billing_hard_limit_reached",
    "billing_not_active", "arrearage",
    "exceeded_current_quota_error", "1113", "payment_required", "insufficient_credits",
})  # fmt: skip
MONEY = re.compile(
    r"insufficient (?:account )?(?:balance|quota|credits?|funds?)|exceeded your current quota"
    r"|daily free allocation|credit balance is too low"
    r"|out of credits|not enough (?:credits?|balance)|in good standing|overdue|billing (?:hard )?limit|余额不足|欠费"
)
FILTER_CODES = frozenset({
    "content_filter", "responsibleaipolicyviolation", "contentfiltered", "invalid_prompt", "data_inspection_failed",
    "datainspectionfailed",
    "1301", "content_policy_violation", "content_filter_error", "sensitive", "safety", "prohibited_content",
    "contentpolicyviolationerror",
    "content_blocked", "moderation_blocked", "risk_control",
})  # fmt: skip
FILTER = re.compile(
    r"content management policy|usage polic|content[ _-]?filter|inappropriate content|guardrail|content ?policy"
    r"|responsible ?ai"
    r"|(?:flagged|blocked|rejected) (?:as|by|for|due|because) .{0,60}(?:safety|policy|moderation|filter|violat|sensitive|harm)"
    r"|input was flagged|requires moderation|prompt was (?:flagged|blocked)"
    r"|safety (?:system|filter|policy|reasons|guidelines)|content (?:risk|safety)"
    "|敏感内容|不安全或敏感|违规|内容安全|审核"
)
THROTTLED_CODES = frozenset({
    "rate_limit_exceeded", "rate_limit_error", "resource_exhausted", "overloaded_error", "engine_overloaded_error",
    "too_many_requests", "1302",
    "1303", "1305", "too_many_requests_error", "ratelimitreached", "throttlingexception", "throttling",
    "throttling.ratequota", "overloaded",
    "throttling.allocationquota", "rate_limit_reached_error", "request_quota_exceeded", "token_quota_exceeded",
    "unavailable_error",
})  # fmt: skip
THROTTLED = re.compile(
    r"throttl|too many (?:requests|concurrent)|too many tokens, please wait|rate[ _-]?limit(?:ed|s)?\b"
    r"|(?:requests|tokens) per (?:minute|min|second|day)"
    r"|currently overloaded|model is overloaded|is overloaded|速率限制|请求频率|请求过多|访问量过大"
)
BUSY = re.compile(
    r"overload|loading|warming|starting|capacity|busy|try again|retry|temporar|high demand|queue"
    r"|no deployments available|not ready"
)
TOO_MUCH_AT_ONCE = re.compile(r"request too large.*(?:tokens per min|\btpm\b)")
LENGTH = re.compile(
    r"could not finish the message because|model output limit was reached|output token limit was reached"
    r"|max_tokens was reached"
)
TOO_LONG_CODES = frozenset({
    "context_length_exceeded", "exceed_context_size_error", "1261", "40303", "string_above_max_length",
    "request_too_large", "prompt_too_long",
    "input_too_long", "context_window_exceeded", "contextwindowexceedederror", "max_context_length_exceeded", "3006",
    "tokens_limit_reached",
})  # fmt: skip
TOO_LONG = re.compile(
    r"maximum (?:context|prompt|input|sequence) (?:length|size)"
    r"|(?:prompt|input|request|message|text|context|query)s? (?:\([^)]*\) )?(?:is|are|was) too (?:long|large)"
    r"|too (?:long|large) for (?:the |this |requested )?(?:requested )?model|max(?:imum)? context"
    r"|exceeds? (?:the |this |model'?s? )*(?:available |maximum )?context"
    r"|context[_ ](?:length|size|window)[^.]*(?:exceed|overflow|too)"
    r"|(?:exceed|longer than|greater than|larger than|beyond)[^.]*context[_ ](?:length|size|window)"
    r"|input token count|reduce the length|range of input length|exceeded model token limit|token count exceeds"
    r"|exceeds the maximum (?:number of )?(?:allowed )?tokens"
    r"|`?inputs`? tokens \+|(?:prompt|input) contains \d+ tokens|input (?:length|tokens) .{0,40}exceed"
    r"|prompt .{0,40}exceeds|must be at least 1, got -"
    r"|context window|max_model_len|max_seq_len|body too large|entity too large|上下文长度|输入过长|超过.{0,10}长度"
)
TOO_HIGH = re.compile(
    r"too (?:large|high|big)|at most|exceed|range|maximum|limit|afford|must be|less than|smaller|<|>|up to"
    r"|between|greater than|above|至多|最大|超过|范围|\[\d+"
)
LIMITED = re.compile(r"is limited|too (?:large|high|big)|exceeds")
JSON_WORD = re.compile(
    r"must contain the word|contain(?:s|ing)? (?:the )?(?:word )?['\"`]?json['\"`]? in some form"
    r"|include the word ['\"`]?json"
)
GENERATION = re.compile(
    r"failed to generate json|json mode couldn't be met|failed_generation|failed to validate json"
    r"|generated json does not match"
)
ROUTING = re.compile(r"no (?:allowed )?(?:endpoints|providers) (?:found|available) (?:that|which)")
MISSING_CODES = frozenset({
    "model_not_found", "deploymentnotfound", "model_decommissioned", "modelnotfound", "unknown_model",
    "invalid_model", "not_found_error", "unknown_url",
    "model_not_supported", "operationnotsupported",
})  # fmt: skip
MISSING = re.compile(
    r"model[^.]{0,120}(?:not found|does not exist|doesn't exist|not a valid model|not supported by any provider|decommissioned"
    r"|has been (?:retired|deprecated))"
    r"|^(?:the )?(?:requested )?model [^ ]{1,80} is not (?:supported|available)"
    r"|(?:no such|unknown|invalid|not a valid) model"
    r"|no (?:endpoints|providers|allowed providers) (?:found|are available) for|is not a valid model|not a valid model id"
    r"|unexpected endpoint|unknown (?:endpoint|request url)|无此模型|模型不存在"
)

# Parameters that may be asked for: a switch is sent as it is asked for, but for what the request consists of.
_SWITCH = re.compile(
    r"['`\"]?([a-z][a-z0-9_.]{2,60})['`\"]? (?:must|should|has to|needs to|need to) be (?:set to |explicitly )*['`\"]?(true|false)"
)
_SET = re.compile(r"\bset ['`\"]?([a-z][a-z0-9_.]{2,60})['`\"]? to ['`\"]?(true|false)")
_SWITCH_ZH = re.compile(
    r"([a-z][a-z0-9_.]{2,60})['`\"]?\s*(?:参数)?\s*(?:必须|应|需要?|只能)\s*(?:设置?|设定)?\s*(?:为|成)?\s*['`\"]?(true|false)"
)
_THINKING = re.compile(r"enable[ _]thinking[^.]*(?:not support|不支持|stream ?= ?false|non-?stream)")
_STREAM = re.compile(
    r"only supports? stream|stream(?:ing)? (?:mode )?(?:is required|only)|enable the stream"
    r"|requires? stream(?:ing)?\b"
)
_NEVER = (
    "model",
    "messages",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "n",
    "value",
    "type",
    "strict",
    "it",
    "additionalproperties",
)
_PLACES = ("parameter.", "parameters.", "body.", "extra_body.", "request.")


def missing_parameter(text: str) -> tuple[str, bool] | None:
    """Return the switch that a folded text asks for, with its value."""
    for pattern in (_SWITCH, _SET, _SWITCH_ZH):
        match = pattern.search(text)
        name = match[1] if match else "it"
        for place in _PLACES:
            name = name.removeprefix(place)
        if match and name not in _NEVER:
            return name, match[2] == "true"
    if _THINKING.search(text):
        return "enable_thinking", False
    return ("stream", True) if _STREAM.search(text) else None
