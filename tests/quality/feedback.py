"""Whether corrections teach a model: rounds of incidents, a scripted model that mostly follows examples, an
analyst who wants each kind told in a way of its own and corrects what is told otherwise.

    python -m tests.quality.feedback --redis redis://127.0.0.1:6379 [--rounds 6] [--incidents 12]

The endpoint is a stand-in over real HTTP, everything else is the product's: writer, fence, store, hand-over.
"""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from pytest_httpserver import HTTPServer

from domain.incidents.pattern import pattern_of
from domain.summaries.correction import model_draft, readable_draft, text_in
from domain.summaries.examples.example import Example
from domain.summaries.examples.shelf import shelf_text
from domain.summaries.examples.traits import Traits
from domain.summaries.fence.strict import StrictReader
from domain.summaries.summary import Draft
from ops.cases.feedback.examples import examples_of
from ops.cases.feedback.give import BAD, GOOD, Opinion, give_feedback
from ops.cases.feedback.numbers import draft_numbers
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.llm.examples_hand_over import HandOver
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.support.case_samples import put_case
from tests.support.incident_samples import START, alert, incident_of, pseudonym
from tests.support.scripted_endpoint import Data, Endpoint, draft_for, write_all

KINDS = ("device farm", "refund abuse", "reshipping address", "lone account")
FOLLOWS = 0.9
"""How often the model does as the nearest example does."""
_WISHED = {
    "device farm": (
        "{distinct_account} raised {alerts} within {duration}.",
        "There is {shared_device}.",
        "The alerts come to {money_EUR}.",
    ),
    "refund abuse": ("The refund requests come to {refunds_EUR}.", "{distinct_account} raised {alerts} within {duration}."),
    "reshipping address": ("There is {shared_address}.", "There are {alerts} on {distinct_account}.", "The alerts come to {money_EUR}."),
    "lone account": ("There are {alerts}.", "All of it happened within {duration}.", "The highest score is {score_max}."),
}
"""What the analyst wants to read of each kind; of any other what the first of them says."""


@dataclass(frozen=True)
class Round:
    """The rated summaries of a round."""

    rated: int
    changed: int
    with_examples: int

    @property
    def share(self) -> float:
        """Share of the drafts that were changed."""
        return self.changed / self.rated


def incident(kind: str, dice: random.Random) -> Data:
    """Return an incident of a kind, of a random size."""
    size, minutes, amount = dice.randint(5, 25), dice.randint(1, 30), dice.randint(20, 300) + 0.5
    event = "refund_request" if kind == "refund abuse" else "order"

    def entities(number: int) -> dict[str, str]:
        own = 1 if kind == "lone account" else number + 1
        device = 1_000_000 + (number if kind == "reshipping address" else 0)
        return {
            "account": pseudonym(own),
            "device": pseudonym(device),
            "address": pseudonym(2_000_000 + (0 if kind == KINDS[2] else number)),
        }

    times = range(START, START + size * minutes * 60_000, minutes * 60_000)
    return incident_of([alert(n, at, event_type=event, amount=amount, entities=entities(n)) for n, at in enumerate(times)])


def wished(document: Data) -> Draft | None:
    """Return what the analyst wants to read of an incident."""
    pattern = pattern_of({fact["name"]: fact["value"] for fact in document["evidence"]["facts"]})
    reader = StrictReader(document)
    steps = tuple(step.id for step in reader.by_code.next_steps)
    example = Example(Traits.of(document), "", _WISHED.get(pattern, _WISHED[KINDS[0]]), pattern, steps)
    return example.of_incident(document, reader)


def follower(dice: random.Random) -> Any:
    """Return the script of a model that mostly follows the nearest example, and has a way of its own."""

    def one(asked: Data) -> Data:
        return dict(asked["examples"][0]) if "examples" in asked and dice.random() < FOLLOWS else draft_for(asked)

    def script(asked: list[Data]) -> Data:
        if "incident" not in asked[0]:
            return one(asked[0])
        return {"summaries": [{"incident": each["incident"], **one(each)} for each in asked]}

    return script


def series(
    store: Store, settings: LlmSettings, redis_settings: RedisSettings, client: redis.Redis, rounds: int, size: int
) -> Iterator[Round]:
    """Yield the rounds of a simulated series: written, rated, corrected, handed over."""
    dice = random.Random(25)
    for number in range(rounds):
        documents = [incident(dice.choice(KINDS), dice) for _ in range(size)]
        told = write_all(LlmWriter(settings, redis_settings), documents)
        for place, (document, summary) in enumerate(zip(documents, told, strict=True)):
            _rate(store, number * size + place, {**document, **summary.to_document()}, number)
        with store.read() as session:
            text = shelf_text(examples_of(session))
            found = draft_numbers(session, number)
        HandOver(client, redis_settings.prefix, lambda text=text: text).step()  # type: ignore[misc]
        shown = sum(one.rated for one in found if one.prompt.endswith("+examples"))
        yield Round(sum(one.rated for one in found), sum(one.changed for one in found), shown)


def _rate(store: Store, number: int, document: Data, now: int) -> None:
    """Rate a summary as the analyst does: good where it is what is wished, else corrected."""
    case = put_case(store, number, **{name: value for name, value in document.items() if name not in ("id", "ring", "rings", "event_ids")})
    wish, text = wished(document), text_in(document)
    assert wish and text
    is_right = (model_draft(text).headline, model_draft(text).explanation) == (wish.headline, wish.explanation)
    right = readable_draft(text) if is_right else wish
    with store.begin() as session:
        opinion = Opinion(GOOD if is_right else BAD, correction=right)  # type: ignore[arg-type]
        give_feedback(session, case.replace("case-", "inc-"), opinion, by="anna", now=now)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.feedback", description=__doc__.splitlines()[0])
    parser.add_argument("--redis", required=True)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--incidents", type=int, default=12, help="in a round")
    args = parser.parse_args()
    client = redis.Redis.from_url(args.redis)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for examples in (0, 2):
        prefix = f"feedback-{random.randrange(10**9)}:"
        with HTTPServer(threaded=True) as server, tempfile.TemporaryDirectory() as folder:
            server.expect_request("/v1/chat/completions").respond_with_handler(Endpoint(follower(random.Random(7))))
            settings = LlmSettings(
                server.url_for("/v1"), "sk-test", "scripted", examples=examples, requests_per_minute=10_000, money_per_day=1e6, queue=1000
            )
            store = Store(StoreSettings(url=f"sqlite:{Path(folder) / 'store.db'}")).open()
            its = RedisSettings(url=args.redis, prefix=prefix)
            print(f"llm.examples {examples}")
            for number, one in enumerate(series(store, settings, its, client, args.rounds, args.incidents), start=1):
                said = f"{one.rated} rated, {one.with_examples} with examples, {one.changed} changed"
                print(f"  round {number}: {said}, {one.share:.0%}")
            store.close()


if __name__ == "__main__":
    main()
