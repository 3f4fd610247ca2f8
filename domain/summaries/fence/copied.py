"""What models copy from the evidence as it is: pseudonyms are left out, codes of reasons become facts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from domain.incidents.reason_phrases import phrase_of

_PSEUDONYM = re.compile(r" ?\b(?:inc-)?[0-9a-f]{16}\b", re.ASCII)


class Copied:
    """The pseudonyms and codes of one incident document."""

    def __init__(self, incident: Mapping[str, Any]) -> None:
        facts = incident["evidence"]["facts"]
        known = json.dumps([incident["evidence"], incident.get("ring"), incident.get("id"), incident.get("participants")])
        self._pseudonyms = set(re.findall(r"[0-9a-f]{16}", known))
        codes = {str(fact["name"]).removeprefix("reason_"): str(fact["id"]) for fact in facts if str(fact["name"]).startswith("reason_")}
        # a code of letters alone may be any word: it is only read with "reason" before it
        self._codes = [
            (re.compile(rf"(?:\breason )?(?<![\w.-]){re.escape(code)}(?![\w-])(?:\s?\[{name}\])?"), name)
            for code, name in sorted(codes.items(), key=lambda item: -len(item[0]))
            if phrase_of(code) == f"reason {code}" and not code.isalpha() and any(map(str.isalpha, code))
        ]

    def replaced(self, text: str) -> str:
        """Return a text without pseudonyms of the evidence, and with {F3} for a reason's code."""
        text = _PSEUDONYM.sub(lambda match: "" if match[0].strip().removeprefix("inc-") in self._pseudonyms else match[0], text)
        for pattern, name in self._codes:
            text = pattern.sub(f"{{{name}}}", text)
        return text
