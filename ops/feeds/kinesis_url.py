"""`kinesis://REGION/STREAM`: a data stream of Amazon Kinesis."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import SettingError

SCHEME = "kinesis://"
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}", re.ASCII)  # what Kinesis itself allows


@dataclass(frozen=True)
class KinesisStream:
    """A stream by its region and its name."""

    region: str
    name: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.region}/{self.name}"


def is_kinesis(url: str) -> bool:
    """Return whether a URL names a stream of Kinesis."""
    return url.startswith("kinesis:")


def kinesis_stream(url: str, option: str) -> KinesisStream:
    """Take the URL of a stream apart; raise `SettingError`, which does not quote a key put in front of it."""
    if "@" in url:
        raise SettingError(f"{option}: a kinesis:// URL holds no key; put it into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    region, slash, name = url.removeprefix(SCHEME).partition("/")
    if not url.startswith(SCHEME) or not slash or not _REGION.fullmatch(region) or not _NAME.fullmatch(name):
        raise SettingError(f"{option}: {url!r} is not understood; write kinesis://REGION/STREAM, such as kinesis://eu-west-1/orders")
    return KinesisStream(region, name)
