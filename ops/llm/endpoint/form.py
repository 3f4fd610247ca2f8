"""The form of what is asked for: summaries of incidents, or something else that is one JSON object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.summaries.answer import decoded, schema_of


@dataclass(frozen=True)
class AnswerForm:
    """A form: its name and schema as endpoints are told them, and what reads it."""

    name: str
    schema: Callable[[int], dict[str, Any]]
    """The JSON schema of so many answers, as OpenAI's strict mode takes it."""
    decode: Callable[[str, int], Mapping[str, Any]]
    """Return the object of so many answers within a text. Raises ValueError."""

    def is_whole(self, text: str, count: int) -> bool:
        """Return whether a text holds a whole answer."""
        try:
            self.decode(text, count)
        except ValueError:
            return False
        return True


SUMMARIES = AnswerForm("incident_summary", schema_of, decoded)
