"""What the page of lists shows, as its address says it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class ListView:
    """A list, or all, in a state; empty values are left out of the address."""

    list: str = ""
    state: str = ""

    def address(self, list_name: str | None = None, state: str | None = None, cursor: str = "") -> str:
        """Return the address with another list or state."""
        asked = {
            "list": self.list if list_name is None else list_name,
            "state": self.state if state is None else state,
            "cursor": cursor,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/lists?{query}" if query else "/lists"
