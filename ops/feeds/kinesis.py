"""Calls of Kinesis by boto3, each tried once, and which of their errors pass.

KinesisRefusedError    no retry mends it; the text says what is missing, and the mend
KinesisAwayError       it passes: a limit of the stream, a service that is away; the caller tries again
IteratorExpiredError   a place in a shard that is older than five minutes; ask for it again
"""

from __future__ import annotations

import logging
import time
from typing import Any

from domain.errors import SettingError
from ops.feeds.kinesis_url import KinesisStream

_CONNECT_S, _READ_S = 5.0, 10.0
_PAUSES_S = (0.2, 0.4, 0.8, 1.6, 3.0)
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException", "Throttling",
        "RequestLimitExceeded", "KMSThrottlingException",
    }
)  # fmt: skip
_PASSING = frozenset({"InternalFailure", "InternalFailureException", "ServiceUnavailable", "RequestTimeout"})
_WRONG_KEYS = frozenset(
    {
        "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignature", "InvalidClientTokenId",
        "MissingAuthenticationToken", "SignatureDoesNotMatch",
    }
)  # fmt: skip
_GIVE_KEYS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give this machine a role"


class KinesisRefusedError(RuntimeError):
    """Kinesis cannot be used; the text says why and names the mend."""


class KinesisAwayError(RuntimeError):
    """Kinesis does not serve now. `is_throttled`: a limit of the stream is reached."""

    def __init__(self, text: str, is_throttled: bool) -> None:
        super().__init__(text)
        self.is_throttled = is_throttled


class IteratorExpiredError(RuntimeError):
    """The place in a shard is too old to be used."""


class Kinesis:
    """One stream. Threads may call at the same time, as many as there are connections."""

    def __init__(self, stream: KinesisStream, option: str, connections: int = 1) -> None:
        """Make a client; it connects at its first call."""
        try:
            from boto3.session import Session
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise SettingError(f"{option}: kinesis:// needs boto3: pip install '.[aws]' in the folder of ringwatch") from None
        logging.getLogger("botocore.credentials").setLevel(logging.WARNING)
        self.stream = stream
        config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"total_max_attempts": 1},  # we wait ourselves, where a signal ends it and a metric counts it
            max_pool_connections=connections,
        )
        try:
            self._client = Session().client("kinesis", region_name=stream.region, config=config)
        except BotoCoreError as error:
            raise KinesisRefusedError(f"{stream}: {error}: correct the settings of AWS in the environment or in ~/.aws") from None

    def call(self, operation: str, **words: Any) -> dict[str, Any]:
        """Return the answer to an operation on the stream, such as `list_shards`.

        An iterator and the token of a further page name the stream already.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        named = {} if words.keys() & {"ShardIterator", "NextToken"} else {"StreamName": self.stream.name}
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**named, **words)
        except ClientError as error:
            raise self._said(error) from None
        except BotoCoreError as error:
            raise self._not_reached(error) from None
        return answer

    def ask(self, operation: str, **words: Any) -> dict[str, Any]:
        """Return the answer to a question of the start, which is worth a few seconds of trying."""
        for pause_s in _PAUSES_S:
            try:
                return self.call(operation, **words)
            except KinesisAwayError:
                time.sleep(pause_s)
        return self.call(operation, **words)

    def _said(self, error: Any) -> RuntimeError:
        """Return our error for one that Kinesis has answered."""
        code, operation = error.response["Error"].get("Code", ""), error.operation_name
        text, status = error.response["Error"].get("Message", ""), error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
        if code == "ExpiredIteratorException":
            return IteratorExpiredError(text)
        if code in _THROTTLED or code in _PASSING or status >= 500:
            return KinesisAwayError(f"{self.stream} does not serve {operation} now ({code})", code in _THROTTLED)
        return KinesisRefusedError(f"{self.stream}: {_mended(code, operation, text, self.stream)}")

    def _not_reached(self, error: Any) -> RuntimeError:
        """Return our error where no answer came."""
        from botocore import exceptions

        if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
            return KinesisRefusedError(f"{self.stream}: there are no credentials ({error}): {_GIVE_KEYS}")
        if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
            return KinesisAwayError(f"{self.stream} cannot be reached ({error}): correct region or network, or AWS_ENDPOINT_URL", False)
        return KinesisRefusedError(f"{self.stream}: {error}: correct the settings of AWS in the environment or in ~/.aws")


def _mended(code: str, operation: str, text: str, stream: KinesisStream) -> str:
    """Return what a refusal means, and what mends it."""
    if code == "ResourceNotFoundException":
        return f"there is no stream {stream.name} in {stream.region} for these credentials: create it, or correct region or name"
    if code.startswith("AccessDenied"):
        return f"these credentials may not call {operation}: give them the right kinesis:{operation} on this stream"
    if code in {"KMSAccessDeniedException", "KMSNotFoundException", "KMSDisabledException", "KMSInvalidStateException"}:
        return f"the key that encrypts the stream cannot be used ({code}): give these credentials kms:Decrypt and kms:GenerateDataKey on it"
    if code in {"ExpiredTokenException", "ExpiredToken", "RequestExpired"}:
        return f"the credentials have expired ({code}): give new ones, or correct this machine's clock"
    if code in _WRONG_KEYS:
        return f"the credentials are not known to AWS ({code}): {_GIVE_KEYS}"
    return f"{operation} is refused ({code}: {text})"
