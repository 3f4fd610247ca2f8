"""What a mail server's answers mean for a mail, and who has not had it yet.

A 4xx passes. A 5xx after the text is of this mail; one before it, of the login, the sender or all addresses,
would meet every mail: the channel waits until a person mends it.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Mapping, Sequence

from ops.llm.endpoint.quote import cleaned
from ops.notify.channel import Away, Later, Refused

LOG = logging.getLogger(__name__)

MENDED_S = 60.0
"""Pause where a person must mend something."""
BUSY, _TOO_LONG = 421, 552
_OF_MAIL = (smtplib.SMTPDataError, smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)
"""What may be said of one mail alone."""
_TRIES, _MOST_KEPT = 9, 1_000
"""Tries for some of several addresses, in some twenty minutes: who greylists takes them by then."""

Answer = tuple[int, bytes]


def meant(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused, hidden: Sequence[str]) -> Away | Later | Refused:
    """Return what an answer means: for the mail, or for all that go there."""
    code, said = _answer_of(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Away(f"the mail server does not take our login ({code})", MENDED_S)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    shown = f"the mail server says {code}: {cleaned(text, hidden, most=160)}"
    if code == _TOO_LONG or (code >= 500 and isinstance(error, smtplib.SMTPDataError)):
        return Refused(shown)
    if code == BUSY or code >= 500 or not isinstance(error, _OF_MAIL):
        return Away(shown, MENDED_S if code >= 500 else None)
    return Later(shown)


def _answer_of(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> tuple[int, bytes | str]:
    """Return code and words; where each address has its own, those that pass soonest."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min(error.recipients.values())
    return error.smtp_code, error.smtp_error


class LeftOver:
    """Addresses that have not had a mail which others have, by its Message-ID; forgotten at a new start."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, list[str]]] = {}

    def of(self, key: str, to: Sequence[str]) -> list[str]:
        """Return the addresses that a mail goes to now."""
        return self._left[key][1] if key in self._left else list(to)

    def is_known(self, key: str) -> bool:
        """Return whether some have had the mail."""
        return key in self._left

    def note(self, key: str, missed: Mapping[str, Answer]) -> None:
        """Note who was refused a mail that others have; raise `Later` as long as that may pass."""
        tries = self._left.pop(key, (0, []))[0] + 1
        passing = [address for address, (code, _) in missed.items() if code < 500]
        if passing and tries < _TRIES:
            self._left[key] = tries, passing
            if len(self._left) > _MOST_KEPT:
                self._left.pop(next(iter(self._left)))
            raise Later(f"the mail server takes it for some addresses, and not yet for {len(passing)}")
        if missed:
            codes = ", ".join(f"{code}" for code in sorted({code for code, _ in missed.values()}))
            LOG.warning("A mail was not taken for %d of its addresses (%s): correct notify.mail.", len(missed), codes)
