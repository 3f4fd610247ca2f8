"""An entry of a stream as the job writes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamEntry:
    """One entry of a stream; `time` in ms since epoch, `json` the whole document.

    `revision`, `action` and `headline` belong to incidents. What is None is left out of the entry.
    """

    id: str
    type: str
    severity: str
    time: int
    json: str
    revision: int | None = None
    action: str | None = None
    headline: str | None = None
    signature: str | None = None
    """Of stream and `json` by `ControlKeys.entry_signature`, where the job has control keys."""
    account: str = ""
    """Whose id it is, where ids are an account's own; not part of the entry."""

    def fields(self) -> list[str]:
        """Return the entry as XADD takes it: field, value, field, value, ..."""
        fields = {name: value for name, value in vars(self).items() if value is not None and name != "account"}
        return [str(part) for item in fields.items() for part in item]

    def marker(self, prefix: str, stream: str) -> str:
        """Return the key that says that this id (of this account, with this revision) is in the stream."""
        revision = "" if self.revision is None else f":{self.revision}"
        account = f"{self.account}:" if self.account else ""
        return f"{prefix}seen:{stream}:{account}{self.id}{revision}"
