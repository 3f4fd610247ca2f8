"""What delta-rs says of a lake, as a sentence with the mend."""

from __future__ import annotations

from deltalake.exceptions import DeltaError

from ops.lake.storage import LakeRefusedError, lake_error

IMDS = (
    "Operation not supported \x1b[31m\u21b3\x1b[0m an error occurred while loading credentials \x1b[31m\u21b3\x1b[0m "
    "request forbidden \x1b[31m\u21b3\x1b[0m IMDS is disabled or the caller has insufficient permissions."
)


def test_without_credentials_these_are_asked_for_and_no_right_and_the_text_has_no_colours() -> None:
    error = lake_error("s3://lake/shop", DeltaError(IMDS))
    assert isinstance(error, LakeRefusedError)
    assert "no credentials of Amazon are found" in str(error) and "\x1b" not in str(error)
    assert "give them s3:GetObject" in str(lake_error("s3://lake/shop", DeltaError("403 Forbidden: AccessDenied")))
