"""What an endpoint sends back, and what a faithful client books for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.llm_endpoints.asked import Asked

JSON = "application/json"


@dataclass(frozen=True)
class Bill:
    """The least and the most tokens that may be booked for a request, read and written.

    Where an endpoint reports its usage, least and most are the same.
    """

    read: tuple[int, int] = (0, 0)
    written: tuple[int, int] = (0, 0)

    def __add__(self, other: Bill) -> Bill:
        return Bill(_added(self.read, other.read), _added(self.written, other.written))

    def cost(self, input_price: float, output_price: float) -> tuple[float, float]:
        """The least and the most money, at prices of a million tokens."""
        least, most = ((self.read[n] * input_price + self.written[n] * output_price) / 1e6 for n in (0, 1))
        return least, most


def _added(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    return one[0] + two[0], one[1] + two[1]


FREE = Bill()


def exactly(read: int, written: int) -> Bill:
    return Bill((read, read), (written, written))


def at_most(asked: Asked, read: int, written: int) -> Bill:
    """For use that the endpoint does not report: what it really was, up to what can have been booked for the
    request before it was sent (a token a byte, all of the cap).
    """
    return Bill((read, _most_read(asked)), (written, max(written, *asked.caps.values(), 0)))


def _most_read(asked: Asked) -> int:
    return len(asked.raw) + 64 * len(asked.messages)


@dataclass(frozen=True)
class Reply:
    """One response over HTTP. `breaks` says where its connection is lost."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    bill: Bill = FREE
    answers: bool = False
    """Whether a model's whole answer is in it."""
    breaks: Literal["before", "in the middle", "at the end"] | None = None
    """Before the headers, in the middle of the body, or after chunks that have no end."""
    early_hints: bool = False
    waits_s: float = 0.0
    """Before the first byte."""
    drips_s: float = 0.0
    """Blanks, a few each tenth of a second, between the headers and the body."""

    def changed(self, **changes: Any) -> Reply:
        return replace(self, **changes)

    def with_headers(self, **headers: str) -> Reply:
        """With more headers; an underscore in a name is a hyphen."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})


def json_reply(status: int, body: object, **headers: str) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False).encode()).with_headers(**headers)


def page(status: int, html: str) -> Reply:
    return Reply(status, html.encode(), {"Content-Type": "text/html; charset=utf-8"})


def plain(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
