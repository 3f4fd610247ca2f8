"""Whether a text of a stream names an account: by its pseudonym, or in an event's raw line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from domain.events.identity import NoIdentifier, Pseudonyms, as_text
from domain.graph import ENTITY_FIELDS

_FIELD = ENTITY_FIELDS["account"]
_PLAIN = re.compile(rf'"{_FIELD}"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)')
_QUOTED = re.compile(rf'\\"{_FIELD}\\"\s*:\s*(?:\\"([^"\\]*)|(-?\d+))')
"""In a line that a rejected document quotes, of which the end may be cut off."""


class AccountInText:
    """A search for one account. Ids are hashed as the job hashes them, so every spelling is found."""

    def __init__(self, pseudonym: str, pseudonyms: Pseudonyms) -> None:
        self._pseudonym, self._pseudonyms = pseudonym, pseudonyms

    def __call__(self, text: str) -> bool:
        """Return whether the text names the account."""
        return self._pseudonym in text or (_FIELD in text and any(map(self._is_it, _ids(text))))

    def _is_it(self, account: str) -> bool:
        try:
            return as_text(self._pseudonyms.of("account", account)) == self._pseudonym
        except (NoIdentifier, UnicodeError):
            return False


def _ids(text: str) -> Iterator[str]:
    for found in _PLAIN.findall(text):
        try:
            yield str(json.loads(found))
        except ValueError:
            continue
    for quoted, number in _QUOTED.findall(text):
        yield quoted or number
