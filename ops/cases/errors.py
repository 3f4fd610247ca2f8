"""Errors of the case store.

StoreError      the database itself: away, locked, too new, not a store
CaseError       what was asked cannot be done; the API makes an answer of each
  NotFound      no such case, incident, verdict, ...
  Conflict      somebody was faster: the version or the state is another one
  Forbidden     this person may not, though the role might
  Invalid       a value that cannot be
"""

from __future__ import annotations


class StoreError(RuntimeError):
    """The database does not do what it must; the text names it and the mend."""


class CaseError(RuntimeError):
    """What was asked cannot be done; the text says why."""


class NotFound(CaseError):  # noqa: N818 - it is an answer, not a fault
    """What was named is not in the store."""


class Conflict(CaseError):  # noqa: N818
    """Another change was faster, or the state does not allow the change."""


class Forbidden(CaseError):  # noqa: N818
    """The change needs another person."""


class Invalid(CaseError):  # noqa: N818
    """A value is wrong; `field` names it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
