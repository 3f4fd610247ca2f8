"""How summaries are written, whoever writes them."""

from dataclasses import dataclass

from domain.summaries.languages.language import LANGUAGES


@dataclass(frozen=True, slots=True)
class SummarySettings:
    """The summaries of incidents, by the template or by a language model."""

    language: str = "en"
    """Language of headlines, explanations and next steps: `en`."""

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"summaries.language is {self.language}: use one of {', '.join(LANGUAGES)}")
