"""An answer of status 200 as what the model said, whatever shape the endpoint gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.summaries.thoughts import ends_in_thought, spoken
from ops.llm.endpoint.body import json_of
from ops.llm.endpoint.counts import counts_of
from ops.llm.endpoint.events import is_event_stream, joined_events
from ops.llm.endpoint.message import message_of

Finish = Literal["stop", "length", "filter", "refusal", "error", "unknown"]

# what endpoints write as `finish_reason`, in lower case
_FINISHES: dict[Finish, str] = {
    "stop": "stop eos eos_token end_turn stop_sequence end complete completed done tool_calls tool_use function_call",
    "length": """length max_tokens max_output_tokens max_length model_length truncated token_limit max_tokens_reached
        model_context_window_exceeded""",
    "filter": """content_filter content-filter content_filtered safety recitation prohibited_content blocklist spii sensitive
        guardrail_intervened guardrails language image_safety""",
    "refusal": "refusal refused",
    "error": "error network_error abort aborted cancelled timeout insufficient_system_resource malformed_function_call",
}
_FINISH_OF = {word: finish for finish, words in _FINISHES.items() for word in words.split()}
_ERROR_KEYS = ("error", "errors", "detail", "message", "msg", "error_code", "html-message", "error_message", "code")
_WRAPPERS = ("result", "data", "output", "response", "body")


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of one request."""

    text: str
    """The answer: its parts joined, without thoughts; "" if there is none."""
    finish: Finish
    refusal: str | None
    usage: Any
    """The usage as the endpoint reports it, or None."""
    has_choice: bool
    thought_bytes: int
    """UTF-8 bytes of the thoughts, in fields of their own or cut off the text."""
    text_bytes: int
    """UTF-8 bytes of the content as it came."""
    written_bytes: int
    """UTF-8 bytes of all that was written, thoughts included."""
    model: str
    """The model that answered, as the endpoint names it."""


class NotACompletionError(ValueError):
    """A body of status 200 is no completion. `error` is the JSON value if it is an error, else None."""

    def __init__(self, text: str, error: Any = None) -> None:
        super().__init__(text)
        self.error = error


def completion_of(body: bytes) -> Completion:
    """Read the body of an answer, whole or as events. Raises NotACompletionError."""
    value = _unwrapped(_value_of(body))
    if not isinstance(value, Mapping):
        raise NotACompletionError("the answer is no completion")
    choices = value.get("choices")
    choice = next((each for each in choices if isinstance(each, Mapping)), None) if isinstance(choices, list) else None
    completion = _read(value, choice or {})
    if completion.written_bytes:
        return completion
    if error := _error_in(value, choice):
        raise NotACompletionError("an error under status 200", error)
    if not isinstance(choices, list):
        raise NotACompletionError("the answer is no completion")
    return completion


def _value_of(body: bytes) -> Any:
    try:
        if is_event_stream(body):
            return joined_events(body)
        value = json_of(body)
        return json_of(value.encode("utf-8", "replace")) if isinstance(value, str) else value
    except ValueError as error:
        raise NotACompletionError("the answer is not JSON") from error


def _unwrapped(value: Any) -> Any:
    """Return the completion that a gateway has put into an object or a list of its own."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping) and "choices" not in value:
        wrapped = (value[name] for name in _WRAPPERS if isinstance(value.get(name), Mapping))
        return next((inner for inner in wrapped if "choices" in inner), value)
    return value


def _error_in(value: Mapping[str, Any], choice: Mapping[str, Any] | None) -> Any:
    """Return the error that a value without any text is, None if it is none."""
    if choice and choice.get("error"):
        return {"error": choice["error"]}
    if value.get("error") or value.get("success") is False:
        return value
    return value if choice is None and not isinstance(value.get("choices"), list) and any(value.get(n) for n in _ERROR_KEYS) else None


def _read(value: Mapping[str, Any], choice: Mapping[str, Any]) -> Completion:
    said = message_of(choice)
    text = spoken(said.text)
    content, thought = len(said.text.encode()), len(said.thought.encode())
    usage, model = value.get("usage"), value.get("model")
    return Completion(
        text=text,
        finish=_finish(value, choice, said.text, bool(said.refusal and not text.strip())),
        refusal=said.refusal or None,
        usage=usage,
        has_choice=bool(choice),
        thought_bytes=thought + content - len(text.encode()),
        text_bytes=content,
        written_bytes=thought + content + len(said.refusal.encode()),
        model=model if isinstance(model, str) else "",
    )


def _finish(value: Mapping[str, Any], choice: Mapping[str, Any], text: str, is_refusal: bool) -> Finish:
    if not choice:
        return _finish_without_choice(value)
    if is_refusal:
        return "refusal"
    said = (choice.get(name) for name in ("finish_reason", "native_finish_reason", "stop_reason", "finishReason"))
    words = (each.strip().lower() for each in said if isinstance(each, str))
    finish: Finish = next((_FINISH_OF[word] for word in words if word in _FINISH_OF), "unknown")
    return "length" if finish in ("stop", "unknown") and ends_in_thought(text) else finish


def _finish_without_choice(value: Mapping[str, Any]) -> Finish:
    """Return why there is no choice: a filter that says so, or all tokens went into thoughts."""
    results = value.get("prompt_filter_results") or value.get("prompt_annotations")
    if "'filtered': True" in str(results):
        return "filter"
    return "length" if counts_of(value.get("usage"))[1] else "unknown"
