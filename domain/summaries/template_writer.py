"""Summaries without a language model: a few sentences of facts, and the pattern's next steps."""

from collections.abc import Collection, Mapping
from typing import Any

from domain.incidents.pattern import pattern_of
from domain.summaries.languages.en.sentences import Sentences
from domain.summaries.languages.en.wave_sentences import WaveSentences
from domain.summaries.languages.language import Language, language_of
from domain.summaries.summary import Summary, WriterNote
from domain.summaries.summary_text import Part, Step, SummaryText

_SENTENCES = {"en": Sentences}
"""The template of each language."""
_WAVE_SENTENCES = {"en": WaveSentences}


class TemplateWriter:
    """The default writer, and the one that takes over when a language model fails."""

    def __init__(self, language: str = "en") -> None:
        self._language = language

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return the template's summary."""
        return template_summary(incident, language=self._language)

    async def close(self) -> None:
        """Hold nothing, close nothing."""


def template_summary(incident: Mapping[str, Any], note: WriterNote | None = None, language: str = "en") -> Summary:
    """Return the summary of an incident document; `note` says why no model wrote it."""
    facts = {fact["name"]: fact for fact in incident["evidence"]["facts"]}
    pattern, action = pattern_of({name: fact["value"] for name, fact in facts.items()}), incident["action"]
    kinds: Mapping[str, type[Sentences | WaveSentences]] = _WAVE_SENTENCES if pattern == "wave" else _SENTENCES
    sentences = kinds[language](pattern, facts, language_of(language))
    steps = _steps(language_of(language), action, pattern, facts.keys(), sentences.is_alone)
    text = SummaryText(sentences.headline(), sentences.explanation(action), pattern, steps, language)
    return Summary(text, note or WriterNote("template"))


def _steps(language: Language, action: str, pattern: str, names: Collection[str], alone: bool) -> tuple[Step, ...]:
    """Return the step of the action, then that of the pattern."""
    known = [entry for entry in language.steps.values() if not entry.patterns or pattern in entry.patterns]
    fitting = [entry for entry in known if entry.fits(action, names)]
    chosen = [next(entry for entry in fitting if entry.first is first) for first in (True, False)]
    return tuple(Step(entry.id, (Part(entry.alone if alone else entry.text),)) for entry in chosen)
