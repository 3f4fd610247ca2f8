"""The folder or bucket of the lake, and its errors with the mend.

LakeError            the lake cannot be used as it is; the text names the mend
|- LakeAwayError     it may pass: a disk is full, a bucket does not answer; it is tried again
`- LakeRefusedError  no retry mends it: no rights, a folder that is no table
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ops.lake.settings import S3

_NO_CREDENTIALS = (
    "no credentials of Amazon are found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"
)
_MENDS = (
    (("unsupported minimum reader version", "unsupported minimum writer version"), False,
     "a newer program has written it: use that one, or name another lake by lake.url"),
    (("schema error", "cast error"), False, "ringwatch archive has not made this table: name another lake, or move the table away"),
    (("json error", "no table metadata or protocol", "parquet error", "parquet file is smaller"), False,
     "it is damaged: restore its folder from a backup, or move it away, and what the streams still have is archived anew"),
    (("no space left", "os error 28", "quota"), True, "the disk is full: make room, or move the lake"),
    (("read-only file system",), False, "the file system is read-only: name another folder by lake.url"),
    (("not a directory", "os error 20"), False, "a file is in its place: name another folder by lake.url"),
    (("permission denied", "os error 13"), False, "allow this user to write there, or name another folder by lake.url"),
    (("loading credentials", "imds", "metadata endpoint"), False, _NO_CREDENTIALS),  # IMDS says "forbidden", too
    (("accessdenied", "403 forbidden", "forbidden"), False, "the credentials of the environment do not allow it: give them s3:GetObject, "
     "PutObject, DeleteObject and ListBucket"),
    (("invalidaccesskeyid", "signaturedoesnotmatch", "expiredtoken"), False, "the credentials in the environment are wrong or old"),
    (("nosuchbucket", "bucket does not exist"), False, "the bucket does not exist: make it, or correct lake.url"),
    (("credential",), False, _NO_CREDENTIALS),
)  # fmt: skip
_FOREIGN = "holds what ringwatch archive does not write: name another lake, or move the table away"
_BACKTRACE = re.compile(r" 0: <unknown>")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_S3_OPTIONS = {"timeout": "30s", "connect_timeout": "5s", "max_retries": "3", "retry_timeout": "30s"}
"""Who archives tries again itself, and says so."""


class LakeError(RuntimeError):
    """The lake cannot be used; the text names the mend."""


class LakeAwayError(LakeError):
    """The lake does not take or give anything now; it is tried again."""


class LakeRefusedError(LakeError):
    """The lake refuses for good."""


def table_url(url: str, table: str) -> str:
    """Return where a table is; a local folder with its whole path."""
    return f"{url.rstrip('/')}/{table}" if url.startswith(S3) else str((Path(url) / table).absolute())


def options_of(url: str) -> dict[str, str]:
    """Return what delta-rs is told beside the environment, which has credentials, region and endpoint."""
    if not url.startswith(S3):
        return {}
    plain = {"allow_http": "true"} if os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://") else {}
    return {**_S3_OPTIONS, **plain}


def lake_error(url: str, error: Exception, table: str = "") -> LakeError:
    """Return an error of delta-rs, about the lake or one table of it, as one of ours."""
    text = _BACKTRACE.split(" ".join(_COLOUR.sub("", str(error)).split()))[0]
    where = f"the lake at {url}{f', table {table}' if table else ''}"
    for words, passes, mend in _MENDS:
        if any(word in text.lower() for word in words):
            return (LakeAwayError if passes else LakeRefusedError)(f"{where}: {mend} ({_short(text)})")
    if isinstance(error, ValueError | KeyError | TypeError):
        return LakeRefusedError(f"{where} {_FOREIGN} ({_short(text)})")
    mend = "see that the bucket can be reached" if url.startswith(S3) else "see the folder"
    return LakeAwayError(f"{where} cannot be written or read now: {mend} ({_short(text)})")


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:200]} ... {text[-90:]}"
