"""What an endpoint refuses: conditions on the request, and rules that answer in the model's place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping
from typing import Any

from tests.llm_endpoints.asked import Asked, identity_of
from tests.llm_endpoints.reply import Reply, json_reply


class Memory:
    """What an endpoint knows of the requests before this one."""

    def __init__(self) -> None:
        self.times: Counter[object] = Counter()
        self.numbers: dict[object, Any] = {}
        self._seen: list[str] = []

    def see(self, asked: Asked) -> None:
        self._seen += [one for one in dict.fromkeys(map(identity_of, asked.incidents)) if one not in self._seen]

    def holds(self, asked: Asked, number: int) -> bool:
        """Whether the `number`-th revision that was ever asked for, from 1, is in this request."""
        return number <= len(self._seen) and self._seen[number - 1] in map(identity_of, asked.incidents)

    def count(self, key: object) -> int:
        """How often this has been asked, this time included."""
        self.times[key] += 1
        return self.times[key]


When = Callable[[Asked, Memory], bool]
Rule = Callable[[Asked, Memory], Reply | None]
Body = Any
"""JSON, or a function of the request that gives it."""


def sends(*names: str) -> When:
    return lambda asked, _: any(name in asked.body for name in names)


def asks_for(*formats: str) -> When:
    return lambda asked, _: asked.format in formats


def is_strict(asked: Asked, _: Memory) -> bool:
    return "strict" in ((asked.body.get("response_format") or {}).get("json_schema") or {})


def speaks_as(*roles: str) -> When:
    return lambda asked, _: any(role in roles for role in asked.roles)


def temperature_but(*taken: float) -> When:
    return lambda asked, _: "temperature" in asked.body and asked.body["temperature"] not in taken


def cap_over(most: int) -> When:
    return lambda asked, _: any(cap > most for cap in asked.caps.values())


def more_than(incidents: int) -> When:
    return lambda asked, _: len(asked.incidents) > incidents


def holds(number: int) -> When:
    return lambda asked, memory: memory.holds(asked, number)


def any_of(*conditions: When) -> When:
    return lambda asked, memory: any(condition(asked, memory) for condition in conditions)


def all_of(*conditions: When) -> When:
    return lambda asked, memory: all(condition(asked, memory) for condition in conditions)


def does_not(condition: When) -> When:
    return lambda asked, memory: not condition(asked, memory)


def says_no_json(asked: Asked, _: Memory) -> bool:
    return asked.format == "json_object" and "json" not in asked.text.lower()


def does_not_alternate(asked: Asked, _: Memory) -> bool:
    """Two messages of one role in a row, or another beginning than the user's, system messages apart."""
    roles = [role for role in asked.roles if role != "system"]
    return any(role != ("user", "assistant")[place % 2] for place, role in enumerate(roles))


def knows_only(*names: str) -> Callable[[Asked], list[str]]:
    """The parameters of a request that are none of the names, nor of those that all know."""
    known = {"model", "messages", *names}
    return lambda asked: [name for name in asked.body if name not in known]


def refuse(when: When, status: int, body: Body, **headers: str) -> Rule:
    """A refusal of all requests of a kind; `body` is JSON, or a function that gives it or a reply."""

    def rule(asked: Asked, memory: Memory) -> Reply | None:
        return _reply(asked, status, body, headers) if when(asked, memory) else None

    return rule


def refuse_unknown(known: Callable[[Asked], list[str]], status: int, body: Callable[[list[str]], Body]) -> Rule:
    """A refusal of every parameter that the endpoint does not know."""

    def rule(asked: Asked, _: Memory) -> Reply | None:
        unknown = known(asked)
        return json_reply(status, body(unknown)) if unknown else None

    return rule


def at_first(*replies: Reply | Callable[[Asked], Reply], when: When = lambda *_: True) -> Rule:
    """One reply each to the first requests that come this far."""
    return at_numbers(dict(enumerate(replies, start=1)), when)


def at_numbers(replies: Mapping[int, Reply | Callable[[Asked], Reply]], when: When = lambda *_: True) -> Rule:
    """A reply of its own to some of the requests that come this far, counted from 1."""
    key = object()

    def rule(asked: Asked, memory: Memory) -> Reply | None:
        number = memory.count(key) if when(asked, memory) else 0
        return _given(asked, replies[number]) if number in replies else None

    return rule


def at_times(reply: Reply | Callable[[Asked], Reply], which: Container[int] = (), every: int = 0, when: When = lambda *_: True) -> Rule:
    """A reply to some of the requests that come this far, counted from 1."""
    key = object()

    def rule(asked: Asked, memory: Memory) -> Reply | None:
        number = memory.count(key) if when(asked, memory) else 0
        return _given(asked, reply) if number in which or (every and number and number % every == 0) else None

    return rule


def _given(asked: Asked, reply: Reply | Callable[[Asked], Reply]) -> Reply:
    return reply if isinstance(reply, Reply) else reply(asked)


def _reply(asked: Asked, status: int, body: Body, headers: dict[str, str]) -> Reply:
    found = body(asked) if callable(body) else body
    return (found.changed(status=status) if isinstance(found, Reply) else json_reply(status, found)).with_headers(**headers)


def openai_error(message: str, param: str | None = None, code: Any = None, kind: str | None = "invalid_request_error") -> Body:
    """The body of an error as OpenAI writes it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
