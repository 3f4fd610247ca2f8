"""What a model says, apart from what it thinks aloud before.

An endpoint without a parser for them leaves the thoughts in the text: between tags as in
`<think>...</think>`, or as the channels of gpt-oss. The opening tag is missing where the prompt's template
holds it, the closing one where the answer was cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.summaries.objects import objects_in

_NAMES = r"(?:\w{1,20}:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|analysis)"
_TAG = re.compile(
    rf"<(?P<end>/?){_NAMES}(?:\s[^<>]{{0,60}})?>|\[(?P<end2>/?)THINK\]|\u25c1(?P<end3>/?)think\u25b7"
    r"|<\|(?:begin|(?P<end4>end))_of_thought\|>",
    re.IGNORECASE,
)
_TRAILER_CHARS = 200
_MESSAGE = re.compile(r"<\|channel\|>\s*(\w{1,20})[^<]{0,200}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>")
_MESSAGE_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
# the channels of a server that drops the marks between them
_BARE_CHANNELS = re.compile(r"\A\s*(?:analysis|commentary).*assistant\s*final(?=\W)", re.DOTALL)


def spoken(text: str) -> str:
    """Return an answer without the thoughts; all of it where the thoughts are nothing but one JSON object."""
    said = _final_message(text)
    kept, thought = _apart(said)
    if kept.strip() or not thought.strip():
        return kept
    return thought if is_one_object(thought) else ""


def ends_in_thought(text: str) -> bool:
    """Return whether nothing was said: the text ends in a thought that was not ended."""
    tags = list(_tags(text))
    return bool(tags) and not tags[-1][2] and not spoken(text).strip()


def is_one_object(text: str) -> bool:
    """Return whether there is nothing in `text` but one JSON object, fenced or not."""
    first = next(objects_in(text), None)
    if first is None:
        return False
    around = text[: first.begin] + text[first.end :]
    return not re.sub(r"```(?:json)?", "", around).strip()


def ends_with_object(text: str) -> bool:
    """Return whether a text ends with a JSON object, but for a fence and a sentence or two after it."""
    last = max((found.end for found in objects_in(text)), default=None)
    return last is not None and len(text) - last <= _TRAILER_CHARS


def _final_message(text: str) -> str:
    """Return the last message that gpt-oss meant for the reader, or for a tool; other text as it is."""
    if "<|channel|>" not in text:
        bare = _BARE_CHANNELS.match(text) if text.lstrip()[:10].startswith(("analysis", "commentary")) else None
        return text[bare.end() :] if bare else text
    said = {"final": "", "commentary": ""}
    for mark in _MESSAGE.finditer(text):
        end = _MESSAGE_END.search(text, mark.end())
        said[mark[1]] = text[mark.end() : end.start() if end else len(text)]
    return said["final"] or (said["commentary"] if is_one_object(said["commentary"]) else "")


def _apart(text: str) -> tuple[str, str]:
    """Return (what is outside the tags, what is within)."""
    kept: list[str] = []
    thought: list[str] = []
    at, is_open = 0, False
    for begin, end, closes in _tags(text):
        piece = text[at:begin]
        if is_open:
            thought.append(piece)
        elif closes:  # the opening tag is missing: all before is thought
            thought += [*kept, piece]
            kept.clear()
        else:
            kept.append(piece)
        at, is_open = end, not closes
    (thought if is_open else kept).append(text[at:])
    return "".join(kept), "".join(thought)


def _tags(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (begin, end, whether it closes) of each tag that is not within a JSON object."""
    tags = [(match.start(), match.end(), any(match.groups())) for match in _TAG.finditer(text)]
    spans = [(found.begin, found.end) for found in objects_in(text)] if tags else []
    for begin, end, closes in tags:
        while spans and spans[0][1] <= begin:
            spans.pop(0)
        if not spans or begin < spans[0][0]:
            yield begin, end, closes
