"""The writer of summaries against sixty endpoints, played over real HTTP (`tests/llm_endpoints`).

All are asked at the same time, each in a thread of its own: most of them wait for a limit to pass.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from domain.summaries.summary import Summary
from ops.redis.settings import RedisSettings
from tests.llm_endpoints.asking import BATCH, ask, written_by_two
from tests.llm_endpoints.catalogue import ENDPOINTS, NEVER
from tests.llm_endpoints.catalogue.never import Never
from tests.llm_endpoints.catalogue.traps import REVOKED, TRAPS
from tests.llm_endpoints.catalogue.wordings import WORDINGS, Wording, kept_by
from tests.llm_endpoints.forms import FORMS
from tests.llm_endpoints.limits import LIMITS
from tests.llm_endpoints.outcome import ENOUGH, Outcome
from tests.llm_endpoints.overlays import BODIES, OVERLAYS, TRANSPORT, USAGES
from tests.llm_endpoints.server import Endpoint, Script

_AT_ONCE = 12
# requests that a client may need beyond those of one that does all right
_MORE_AT_FIRST, _MORE_LATER = 1, 0.5
_PER_OVERLAY = 2
_MIXTURES = 24
_EVERY = {**OVERLAYS, **LIMITS, **FORMS}
_CALM = (
    "openai-gpt5", "openai-o1-mini", "azure-classic", "google-gemma", "mistral", "cohere-compat", "fireworks", "litellm", "vllm-gemma2",
    "vllm-mistral7b", "cerebras", "vllm-0.6", "litellm-bedrock", "novita", "kimi-elsewhere",
)  # fmt: skip

Asked = tuple[Outcome, list[Summary]]


@dataclass(frozen=True)
class Case:
    """A script, asked for so many batches of four revisions."""

    name: str
    script: Script
    batches: int


def _overlaid() -> Iterator[Case]:
    """Each overlay over two endpoints, which refuse but never fail."""
    for name, lay in _EVERY.items():
        for known in random.Random(name).sample(_CALM, _PER_OVERLAY):
            yield Case(f"{known} with {name}", lay(ENDPOINTS[known]), 2)


def _mixed() -> Iterator[Case]:
    """Some endpoints with a form, a body, a usage, a limit and a transport at once."""
    for number in range(_MIXTURES):
        choice = random.Random(number)
        known = choice.choice(_CALM)
        layers = [choice.choice(sorted(group)) for group in (FORMS, BODIES, USAGES, LIMITS, TRANSPORT)]
        script = ENDPOINTS[known]
        for layer in layers:
            script = _EVERY[layer](script)
        yield Case(f"{known} with {', '.join(layers)}", script, 3)


def _worded() -> dict[str, Wording]:
    return {**WORDINGS, **{trap.script.name: trap for trap in TRAPS}}


ANSWERING = [Case(script.name, script, 5) for script in ENDPOINTS.values()]
REFUSING = [(Case(name, wording.script, wording.batches), wording) for name, wording in _worded().items()]
OVERLAID = [*_overlaid(), *_mixed()]
SILENT = [(Case(never.script.name, never.script, 2), never) for never in NEVER]


@pytest.fixture(scope="module", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing here speaks TLS; to read the machine's certificates takes longer than all else of a case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


@pytest.fixture(scope="module")
def outcome_of(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Callable[[Case], Asked]]:
    """The outcomes of the cases of all tests that were chosen."""
    chosen = [item.callspec.params["case"] for item in request.session.items if "case" in getattr(item, "callspec", _Without).params]
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(_AT_ONCE) as pool:
        # So many loops in one process, beside other tests: what Redis answers late is not what is asked here.
        patch.setattr("ops.llm.writer._REDIS_TIMEOUT_S", 60.0)
        futures: dict[str, Future[Asked]] = {
            case.name: pool.submit(ask, case.script, RedisSettings(url=redis_url, prefix=f"test-endpoints:{case.name}:"), case.batches)
            for case in chosen
            if isinstance(case, Case)
        }
        yield lambda case: futures[case.name].result(120)


class _Without:
    params: dict[str, object] = {}  # noqa: RUF012


def _ids(cases: list[Case]) -> list[str]:
    return [case.name.replace(": ", "-").replace(" ", "-") for case in cases]


@pytest.mark.parametrize("case", ANSWERING, ids=_ids(ANSWERING))
def test_an_endpoint_writes_what_it_can(case: Case, outcome_of: Callable[[Case], Asked]) -> None:
    outcome, _ = outcome_of(case)
    assert outcome.share >= ENOUGH, outcome.reasons
    assert outcome.by_model == len(outcome.notes) - case.script.unwritable, outcome.reasons
    assert outcome.differences == []
    first, *later = outcome.after_batch
    most_at_first, most_later = case.script.first + _MORE_AT_FIRST, case.script.later + _MORE_LATER
    assert first <= most_at_first
    assert (later[-1] - first) / len(later) <= most_later


@pytest.mark.parametrize("case", OVERLAID, ids=_ids(OVERLAID))
def test_whatever_lies_between_the_model_writes(case: Case, outcome_of: Callable[[Case], Asked]) -> None:
    outcome, _ = outcome_of(case)
    assert outcome.by_model == len(outcome.notes), outcome.reasons
    assert outcome.differences == []


@pytest.mark.parametrize(("case", "wording"), REFUSING, ids=_ids([case for case, _ in REFUSING]))
def test_what_is_refused_is_given_up_and_no_more(case: Case, wording: Wording, outcome_of: Callable[[Case], Asked]) -> None:
    outcome, _ = outcome_of(case)
    assert outcome.by_model == len(outcome.notes), outcome.reasons
    assert outcome.differences == []
    last, _ = outcome.counted.exchanges[-1]
    assert kept_by(last) >= set(wording.keeps)
    first, *later = outcome.after_batch
    most_at_first, most_later = case.script.first + _MORE_AT_FIRST, case.script.later + _MORE_LATER
    assert first <= most_at_first
    assert (later[-1] - first) / len(later) <= most_later


@pytest.mark.parametrize(("case", "never"), SILENT, ids=_ids([case for case, _ in SILENT]))
def test_the_reason_quotes_an_endpoint_that_cannot_answer(case: Case, never: Never, outcome_of: Callable[[Case], Asked]) -> None:
    outcome, _ = outcome_of(case)
    assert outcome.by_model == 0
    assert outcome.differences == []
    reasons = [str(note["fallback_reason"]) for note in outcome.notes[:BATCH]]
    assert all(never.says.lower() in reason.lower() for reason in reasons), reasons
    assert not [secret for secret in never.hidden for note in outcome.notes if secret in str(note["fallback_reason"])]
    assert all(len(reason) <= 240 and reason.isprintable() for reason in reasons), reasons
    assert outcome.after_batch[0] <= never.requests
    if never.requests == 1:
        assert outcome.after_batch[1] == outcome.after_batch[0], "it is left alone"
    if never.opens:
        assert {note["circuit"] for note in outcome.notes} == {"open"}


@pytest.mark.parametrize("name", ["two-a-second", "sglang-gemma2", "openai-gpt5-thinks", "openrouter-404"])
def test_what_comes_all_at_once_is_written(name: str, redis_settings: RedisSettings) -> None:
    outcome, _ = ask(ENDPOINTS[name], redis_settings, 6, together=6)
    assert outcome.by_model == len(outcome.notes), outcome.reasons
    assert outcome.differences == []


def test_an_endpoint_that_ends_without_a_word_is_not_asked_for_ever(redis_settings: RedisSettings) -> None:
    outcome, _ = ask(REVOKED, redis_settings, 6)
    assert outcome.by_model == 2 * BATCH
    assert outcome.differences == []
    assert outcome.counted.requests <= 2 + 3 * 2 * BATCH, outcome.after_batch
    assert outcome.notes[-1]["circuit"] == "open"


def test_two_subtasks_pay_for_the_negotiation_once(redis_settings: RedisSettings) -> None:
    script = ENDPOINTS["openai-o1-mini"]
    with Endpoint(script) as endpoint:
        summaries = asyncio.run(written_by_two(endpoint, redis_settings))
    assert [summary.writer.name for summary in summaries] == ["llm"] * len(summaries)
    assert endpoint.counted.requests <= script.first + 1 + _MORE_AT_FIRST


def test_a_wrong_booking_is_noticed(redis_settings: RedisSettings) -> None:
    outcome, _ = ask(ENDPOINTS["openai-4.1"], redis_settings, 1)
    assert outcome.differences == []
    first, *others = outcome.notes
    for name, more in (("calls", 1), ("input_tokens", 1), ("output_tokens", -1), ("cost", 1e-4)):
        assert replace(outcome, notes=[{**first, name: first[name] + more}, *others]).differences
    assert replace(outcome, micros=outcome.micros + 100).differences
