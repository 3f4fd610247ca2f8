"""Which of what a request asked for an error names.

An error names many things that it does not refuse ("use max_completion_tokens instead"). So a name counts
only where it is that of something the request sent, and a word of refusal is in the same sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from ops.llm.endpoint.error_body import ErrorBody


class Capability(StrEnum):
    """What an endpoint may refuse to be asked."""

    CAP = "cap"
    TEMPERATURE = "temperature"
    FORMAT = "format"
    SYSTEM = "system"
    EFFORT = "effort"


_CAP_NAMES = r"max_?(?:completion|new|output)?_?tokens|num_predict"

# Whole words, compared without case; camelCase, `body.x` and `parameter.x` come out of that.
_NAMES: Mapping[Capability, re.Pattern[str]] = MappingProxyType({
    Capability.CAP: re.compile(rf"(?<![a-z0-9_])(?:{_CAP_NAMES})(?![a-z0-9_])"),
    Capability.TEMPERATURE: re.compile(r"(?<![a-z0-9_])(?:temperature|sampling parameters?)(?![a-z0-9_])"),
    Capability.FORMAT: re.compile(
        r"(?<![a-z0-9_])(?:response[_ ]?format|json[_ ]?(?:schema|object|mode|output)|structured[_ ]outputs?|text\.format|guided_json"
        r"|schema.*additionalproperties|additionalproperties.*schema"
        r"|incident_summary)(?![a-z0-9_])|(?<![a-z0-9])'?strict'?(?![a-z0-9])(?! ?ly)|schema.*\b(?:min_?items"
        r"|items|enum|keyword)\b"
        r"|json schema fields|grammar|(?:guided|constrained) decoding"
    ),
    Capability.SYSTEM: re.compile(
        r"messages?(?:\[0\]|\.0)?\.role|role[ :='`\"]*system|system[ '`\"]*(?:role|message|prompt|instruction)"
        r"|['`\"]developer['`\"]|developer instruction"
        r"|roles must alternate|only ['`\"]?user['`\"]?(?:,| and) ['`\"]?assistant|got ['`\"]?system"
        r"|['`\"]system['`\"]|first message.{0,20}user|\bsystem is not\b|\brole must be"
    ),
    Capability.EFFORT: re.compile(
        r"(?<![a-z0-9_])(?:reasoning[_.]?effort|['`\"]reasoning['`\"]|thinking|reasoning (?:parameter|is not))(?![a-z0-9_])"
    ),
})  # fmt: skip
_EXACT: Mapping[Capability, re.Pattern[str]] = MappingProxyType({
    Capability.CAP: _NAMES[Capability.CAP],
    Capability.TEMPERATURE: re.compile(r"(?<![a-z0-9_])temperature(?![a-z0-9_])"),
    Capability.FORMAT: re.compile(r"(?<![a-z0-9_])(?:response_?format|json_(?:schema|object))(?![a-z0-9_])"),
    Capability.SYSTEM: re.compile(r"messages?(?:\[0\]|\.0)?\.role|system role"),
    Capability.EFFORT: re.compile(r"(?<![a-z0-9_])reasoning_?effort(?![a-z0-9_])"),
})  # fmt: skip
"""The parameters' own names: they count without a word of refusal, where only one of them is named."""

_REFUSING = re.compile(
    r"unsupport|n[o']?t (?:\w+ )?s[uo]+p+ort|not be support|cannot support|no support|unrecogni[sz]ed"
    r"|not recogni[sz]ed|unknown|unexpected"
    r"|\bextra|not (?:be )?permitted|forbidden|prohibited|not (?:be )?allowed|disallowed"
    r"|does not (?:accept|allow|take|have|exist)|not accept"
    r"|\bonly\b.*\b(?:allowed|supported?|supports|values?|accepts?|accepted|works?|available)"
    r"|(?:allows?|accepts?|supports?) only|only supports?"
    r"|must (?:not )?(?:be|have|start|alternate|contain)|should (?:not )?(?:be|alternate)|expected|invalid"
    r"|not (?:a )?valid|illegal|\bbad\b|deprecated|unavailable"
    r"|not (?:yet )?(?:available|enabled|implemented)|enabled only|is enabled for|cannot find field|no such"
    r"|required|missing"
    r"|(?:cannot|can't|can not) be (?:set|used|specified|modified)|incompatible|not compatible|out of range"
    r"|no longer|removed|reject|refus"
    r"|not (?:a )?(?:field|parameter|propert)|are supported|are allowed|is limited|not (?:one of|in the list)"
    r"|failed to (?:parse|compile|build)|compile error"
    "|不支持|不被支持|必须|无效|未知|不合法|不允许|非法|仅支持|只支持|不能|错误"
)
# What follows is advice: it names what to send in place of what is refused.
_ADVICE = re.compile(
    r"\bunless\b| while | when |\binstead of\b|\bplease (?:use|set|try)\b|\bconsider\b|\bset litellm\b"
    r"|\bexpected one of\b|\bdid you mean\b|\b(?:valid|allowed|supported|known) (?:fields|parameters|arguments|keys)\b"
)
_MOST_CHARS = 2_000  # of a sentence
_SENTENCE = re.compile(r"(?<=[.!?])\s+|[\n。；;]|\\n")


def folded(text: str) -> str:
    """Return a text as it is compared: without case, quotation marks and blanks as one kind each."""
    return re.sub(r"[ \t\u00a0]+", " ", text.casefold().replace("\u2019", "'").replace("\u2018", "'").replace("\\", ""))


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a folded text, without the advice in them."""
    return [_ADVICE.split(sentence[:_MOST_CHARS])[0] for sentence in _SENTENCE.split(text) if sentence]


def named_in(error: ErrorBody, text: str, sent: Collection[Capability]) -> frozenset[Capability]:
    """Return what an error refuses of what was sent. `text` is its folded text without the prompt's echo."""
    by_param = frozenset(_by_param(error, sent))
    if by_param:
        return by_param
    sentences = sentences_of(text)
    refused = [sentence for sentence in sentences if _REFUSING.search(sentence)]
    named = frozenset(capability for capability in sent for sentence in refused if _NAMES[capability].search(sentence))
    if named:
        return named
    alone = frozenset(capability for capability in sent for sentence in sentences if _EXACT[capability].search(sentence))
    return alone if len(alone) == 1 else frozenset()


def _by_param(error: ErrorBody, sent: Collection[Capability]) -> Iterator[Capability]:
    for param in error.params:
        yield from (capability for capability in sent if _NAMES[capability].search(folded(param)))


def names_a_cap(text: str) -> bool:
    """Return whether a folded text names the parameter that bounds an answer, under any of its names."""
    return bool(_NAMES[Capability.CAP].search(text))
