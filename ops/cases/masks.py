"""The name of an account in texts and documents, replaced by a mark that is nobody's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from domain.events.identity import MISSING, as_text
from domain.json_text import as_json

FORGOTTEN = as_text(MISSING)
"""In the place of a pseudonym: zeros, which no account has."""
_ERASED = '"erased"'
"""In the place of an event's id, as JSON."""
_LEAST_RAW = 3
"""Shorter ids are words of many texts: they are not looked for in what people wrote."""


class Mask:
    """What hides one account: its pseudonym, its id in words, and the ids of its events in documents."""

    mark = FORGOTTEN

    def __init__(self, pseudonym: str, raw: str | None = None, event_ids: Sequence[str] = ()) -> None:
        self.pseudonym, self._ids = pseudonym, {as_json(one) for one in event_ids}
        self._name = re.compile(pseudonym, re.IGNORECASE)  # people may write it in capitals
        self._raw = raw if raw and len(raw) >= _LEAST_RAW else None
        self._word = re.compile(rf"(?<!\w){re.escape(self._raw)}(?!\w)") if self._raw else None

    @property
    def words(self) -> list[str]:
        """Return what a row that names the account holds one of, as text or within JSON."""
        raw = [self._raw, as_json(self._raw)[1:-1]] if self._raw else []
        return [self.pseudonym, *dict.fromkeys(raw)]

    def of(self, value: Any) -> Any:
        """Return a text or a document without the account."""
        if isinstance(value, str):
            return self._text(value)
        if value is None:
            return None
        return self._reasons(json.loads(self._document(as_json(value))))

    def is_in(self, value: Any) -> bool:
        """Return whether a text or a document names the account."""
        return bool(self.of(value) != value)

    def _reasons(self, found: Any) -> Any:
        """Return a document whose reasons, the words of people in it, are masked as texts are."""
        if isinstance(found, list):
            return [self._reasons(one) for one in found]
        if not isinstance(found, dict):
            return found
        return {name: self._text(one) if name == "reason" and isinstance(one, str) else self._reasons(one) for name, one in found.items()}

    def _text(self, text: str) -> str:
        text = self._name.sub(self.mark, text)
        return self._word.sub(self.mark, text) if self._word else text

    def _document(self, text: str) -> str:
        for one in self._ids:
            text = text.replace(one, _ERASED)
        return self._name.sub(self.mark, text)
