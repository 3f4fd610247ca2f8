"""One call to the endpoint with a sample incident: what `ringwatch check --llm` shows."""

from __future__ import annotations

import time
from dataclasses import dataclass

from domain.summaries.summary import Summary
from domain.summaries.summary_text import plain
from ops.llm.endpoint.agreed import Agreed
from ops.llm.endpoint.completion import Completion
from ops.llm.endpoint.counts import counts_of, thought_tokens
from ops.llm.endpoint.outcome import Failure
from ops.llm.endpoint.quote import cleaned
from ops.llm.sample_incident import sample_incident
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings

MENDS = {
    Failure.KEY: "set RINGWATCH_LLM_API_KEY to a key that the endpoint takes",
    Failure.MODEL: "correct llm.model, or llm.base_url with its path (often /v1)",
    Failure.MONEY: "add credit to the account, or set llm.base_url to another endpoint",
    Failure.THROTTLED: "try again later; if it stays, lower llm.requests_per_minute, llm.tokens_per_minute and llm.calls",
    Failure.BROKEN: "look whether the endpoint runs and llm.base_url is its address; a slow model needs more llm.timeout_s",
    Failure.BUDGET: "raise the bound, or wait until it is free again",
    Failure.LENGTH: "raise llm.answer_tokens",
    Failure.TOO_LONG: "use a model that takes in more at once",
    Failure.FILTER: "relax the endpoint's content filter, or use another model",
    Failure.REFUSAL: "use another model",
    Failure.REFUSED: "look into the endpoint's log for what it refuses",
    Failure.CIRCUIT: "try again in a minute",
}
"""What helps against each kind of failure."""


_REFUSED = ' (refused: "'
_SHARE_OF_THOUGHT = 0.5
_MODEL_CHARS = 80  # of the name that the endpoint gives its model


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of the call. `failure` is why there was no answer, None if there was one."""

    settings: LlmSettings
    summary: Summary
    failure: Failure | None
    agreed: Agreed
    terms: list[str]
    completion: Completion | None
    seconds: float

    def finding(self) -> str:
        """Return the main thing in a sentence, with the mend if the endpoint did not answer."""
        note = self.summary.writer
        took = f"{self.seconds:.1f} s, {note.usage.calls} {'request' if note.usage.calls == 1 else 'requests'}"
        if self.failure is not None:
            return f"{note.fallback_reason or 'no answer'} ({took}): {MENDS[self.failure]}"
        model = cleaned(self.completion.model, most=_MODEL_CHARS) if self.completion else ""
        named = f" (as {model})" if model not in ("", self.settings.model) else ""
        return f"{self.settings.model}{named} answers: {took}"

    def details(self) -> list[str]:
        """Return what was agreed, what was used and what was written, where there was an answer."""
        if self.failure is not None or self.completion is None:
            return []
        terms = [term.partition(_REFUSED) for term in self.terms]
        found = [f"asks with {', '.join(term for term, _, _ in terms)}"]
        found += [f'refused: "{reason.removesuffix(")")}' for _, refused, reason in terms if refused]
        found.append(self._used(self.completion))
        if self.summary.writer.name == "llm":
            found.append(f'headline: "{plain(self.summary.text.headline)}"')
        return found

    def notes(self) -> list[str]:
        """Return what should be known of an endpoint that answers."""
        if self.failure is not None or self.completion is None:
            return []
        return [text for text in (self._refused(), self._thinks(self.completion), self._unkept()) if text]

    def _used(self, completion: Completion) -> str:
        usage = self.summary.writer.usage
        is_reported = None not in counts_of(completion.usage)
        source = "as the endpoint reports" if is_reported else "at most: the endpoint does not report it"
        return f"read {usage.input_tokens} and wrote {usage.output_tokens} tokens, {source}; {usage.cost:g} at the prices of llm"

    def _refused(self) -> str:
        note = self.summary.writer
        if note.name == "llm":
            return ""
        return f"the endpoint answers, but what the model wrote was not published ({note.fallback_reason}): the template writes instead"

    def _thinks(self, completion: Completion) -> str:
        written, thought = counts_of(completion.usage)[1] or 0, thought_tokens(completion.usage)
        if thought <= _SHARE_OF_THOUGHT * written:
            return ""
        return f"{thought} of {written} tokens went into thoughts: llm.answer_tokens bounds both, a model that thinks less is cheaper"

    def _unkept(self) -> str:
        return "" if self.agreed.cap_is_kept else "the endpoint writes more than it is allowed to: money is booked as it reports"


async def try_out(settings: LlmSettings, redis: RedisSettings, language: str) -> Trial:
    """Have the sample incident summarised, past the cache and the queue, within `patience_s`."""
    writer, begin = LlmWriter(settings, redis, language=language), time.monotonic()
    try:
        summary, failure = await writer.try_out(sample_incident())
        endpoint, seconds = writer.endpoint, time.monotonic() - begin
        return Trial(settings, summary, failure, endpoint.agreed, endpoint.terms(), endpoint.last, seconds)
    finally:
        await writer.close()
