"""What channels of Amazon share: a client without attempts of its own, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from domain.errors import SettingError
from ops.llm.endpoint.quote import cleaned
from ops.notify.channel import Away, Later, Refused
from ops.notify.outgoing.addresses import ForbiddenAddressError, Guard, NoSuchHostError

MOST_BYTES = 256 * 1024
"""Of a message of SNS, and of an event of EventBridge."""
_BUSY = ("Throttl", "TooManyRequests", "ServiceUnavailable", "RequestLimitExceeded", "SlowDown")
_OF_MESSAGE = ("InvalidParameter", "ParameterValueInvalid", "ValidationException", "ValidationError", "InvalidArgument", "KMSInvalidState")
_PASSING = ("InternalError", "InternalFailure", "InternalException", "InternalServerError")
_MENDED_S = 60.0


def client_of(service: str, region: str, endpoint_url: str | None, timeout_s: float) -> Any:
    """Return a client; raise `SettingError` where boto3 is not installed."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise SettingError("channels of Amazon need boto3: pip install '.[aws]' in the folder of ringwatch") from None
    config = Config(connect_timeout=timeout_s, read_timeout=timeout_s, retries={"total_max_attempts": 1, "mode": "standard"})
    return boto3.client(service, region_name=region, endpoint_url=endpoint_url, config=config)


@dataclass(frozen=True)
class Endpoint:
    """Where a service of Amazon's is called."""

    client: Any
    url: str | None
    """An address of the settings, which is judged as those of other channels are; None: Amazon's own."""
    guard: Guard

    def call(self, operation: str, **arguments: Any) -> Any:
        """Return what a call returns; raise what its error means for a message."""
        if self.url is not None:
            self._judge(self.url)
        return called(lambda: getattr(self.client, operation)(**arguments))

    def _judge(self, url: str) -> None:
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        if not is_tls and not self.guard.is_allowed(host):
            raise Away("its endpoint_url begins with http://: write https://, or name its host in notify.allow_private")
        try:
            self.guard.addresses(host, parts.port or (443 if is_tls else 80))
        except (ForbiddenAddressError, NoSuchHostError) as error:
            raise Away(str(error)) from None


def called(call: Callable[[], Any]) -> Any:
    """Return what a call returns; raise what its error means for a message."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, SSLError

    try:
        return call()
    except ClientError as error:
        its = error.response.get("Error", {})
        raise meant(str(its.get("Code", "")), str(its.get("Message", ""))) from None
    except NoCredentialsError:
        raise Away("there are no credentials of Amazon: set AWS_ACCESS_KEY_ID or a role", _MENDED_S) from None
    except SSLError:
        raise Away("its certificate is not trusted, see AWS_CA_BUNDLE") from None
    except BotoCoreError as error:
        raise Away(f"no answer of Amazon ({type(error).__name__})") from None


def meant(code: str, text: str) -> Away | Later | Refused:
    """Return what an error of Amazon's means: for the message, or for all that go there."""
    said = cleaned(f"{code}: {text}", most=160)
    if any(code.startswith(one) for one in _BUSY):
        return Away(said)
    if code in _PASSING:
        return Later(said)
    if code.isdigit():  # an answer that is none of Amazon's: of a proxy, or of what is in front of it
        return Later(said) if code == "500" else Away(said)
    return Refused(said) if code in _OF_MESSAGE else Away(said, _MENDED_S)
