"""What a request really sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Data = dict[str, Any]

_BYTES_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4


def tokens_of(text: str) -> int:
    """How many tokens the endpoints' tokenizer makes of a text: one for each four bytes that were begun."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def beginning(text: str, tokens: int) -> str:
    """The first `tokens` tokens of a text."""
    return text.encode("utf-8", "replace")[: tokens * _BYTES_PER_TOKEN].decode("utf-8", "ignore")


@dataclass(frozen=True)
class Asked:
    """A request to chat completions. `number` counts the requests of its endpoint from 1."""

    path: str
    query: str
    headers: Mapping[str, str]
    raw: bytes
    number: int

    @cached_property
    def body(self) -> Data:
        try:
            body = json.loads(self.raw)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def messages(self) -> list[Data]:
        return list(self.body.get("messages", []))

    @property
    def roles(self) -> list[str]:
        return [str(message.get("role")) for message in self.messages]

    @cached_property
    def text(self) -> str:
        """All that the model reads."""
        return "\n".join(str(message.get("content")) for message in self.messages)

    @property
    def format(self) -> str | None:
        wanted = self.body.get("response_format")
        return wanted.get("type") if isinstance(wanted, dict) else None

    @property
    def caps(self) -> dict[str, int]:
        """The bounds of the answer by the names they were sent with."""
        return {name: self.body[name] for name in ("max_completion_tokens", "max_tokens") if name in self.body}

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the messages, and of what a chat template adds to each."""
        return sum(tokens_of(str(message.get("content"))) + _TOKENS_PER_MESSAGE for message in self.messages)

    @cached_property
    def incidents(self) -> list[Data]:
        """The incidents in the prompt, wherever in it their JSON is."""
        for message in self.messages:
            if message.get("role") == "user" and (data := _evidence_in(str(message.get("content")))):
                return list(data.get("incidents", [data]))
        return []

    @property
    def is_together(self) -> bool:
        """Whether the answer is asked for as a list of summaries."""
        return any("incident" in incident for incident in self.incidents)


def identity_of(incident: Data) -> str:
    """The same for the same revision, wherever it is in a batch: facts are numbered by their place there."""
    return json.dumps([incident.get("ring"), [fact.get("value") for fact in incident.get("facts", [])]])


def _evidence_in(text: str) -> Data | None:
    """The first JSON object with evidence in a text, whatever is around it."""
    decoder, begin = json.JSONDecoder(), text.find("{")
    while begin >= 0:
        try:
            found, _ = decoder.raw_decode(text, begin)
        except ValueError:
            found = None
        if isinstance(found, dict) and ("incidents" in found or "facts" in found):
            return found
        begin = text.find("{", begin + 1)
    return None
