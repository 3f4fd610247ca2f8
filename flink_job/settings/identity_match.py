"""Is the state that a job goes on from kept under the pseudonyms that the job makes?

The first stage's uid says which: Flink refuses state of an operator that a job does not have.
"""

from __future__ import annotations

from pathlib import Path

from domain.errors import SettingError
from domain.events.identity import IdentitySettings, as_text
from domain.events.identity.settings import FIRST
from ops.secrets import PSEUDONYM_KEY, pseudonyms

_FIRST_STAGE = "stage-account"


def stage_uid(kind: str, identity: IdentitySettings) -> str:
    """Return the uid of a stage. That of the first one follows from the key and the settings of identity."""
    uid = f"stage-{kind}"
    if uid != _FIRST_STAGE or identity.pseudonyms == FIRST:
        return uid
    return f"{uid}-{as_text(pseudonyms(identity).of_text('identity', repr(identity)))}"


def check_identity(state: Path, identity: IdentitySettings) -> None:
    """Raise `SettingError` if a savepoint or checkpoint was made with other pseudonyms.

    Its `_metadata` holds each operator's uid as two bytes of length and the text.
    """
    metadata, wanted = (state / "_metadata").read_bytes(), stage_uid("account", identity)
    if (_written(_FIRST_STAGE) not in metadata and _FIRST_STAGE.encode() + b"-" not in metadata) or _written(wanted) in metadata:
        return
    anew = "or begin anew without it, and fill the state from history with job.silent_until"
    if _written(_FIRST_STAGE) in metadata:
        raise SettingError(f"{state} was made with pseudonyms of version 1: go on with --set identity.pseudonyms=1, {anew}")
    raise SettingError(f"{state} was made with other settings of identity or another {PSEUDONYM_KEY}: go on with those, {anew}")


def _written(uid: str) -> bytes:
    return len(uid).to_bytes(2, "big") + uid.encode()
