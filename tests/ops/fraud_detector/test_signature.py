"""Signatures as AWS publishes them, and every way in which a request may differ from the one that was signed.

botocore signs here: it is AWS's own implementation, and knows nothing of ours. The cases of headers are those
of AWS's published test suite of Signature Version 4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from ops.fraud_detector.errors import WireError
from ops.fraud_detector.signature import SignatureCheck, Signed, canonical_request, signing_key
from tests.ops.fraud_detector.wire import KEY, SECRET

NOW = datetime(2026, 11, 29, 4, 30, tzinfo=UTC)
BODY = b'{"detectorId":"sign_ups","eventId":"e-1"}'
HEADERS = (
    ("Content-Type", "application/x-amz-json-1.1"),
    ("Host", "shop.test:8080"),
    ("X-Amz-Target", "AWSHawksNestServiceFacade.GetEventPrediction"),
)
Headers = list[tuple[str, str]]


def signed(
    body: bytes = BODY,
    headers: Sequence[tuple[str, str]] = HEADERS,
    at: datetime = NOW,
    region: str = "eu-west-1",
    service: str = "frauddetector",
) -> Headers:
    """Return the headers of a request that botocore signed, as a server sees them."""
    request = AWSRequest("POST", "http://shop.test:8080/", data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: NOW)
        SigV4Auth(Credentials(KEY, SECRET), service, region).add_auth(request)
    return [(name.lower(), value) for name, value in request.headers.items()]


def check(headers: Headers, body: bytes = BODY, now: datetime = NOW, regions: Sequence[str] = ()) -> str:
    return SignatureCheck({KEY: SECRET.encode()}, regions).key_of(headers, body, now.timestamp())


def refusal(headers: Headers, body: bytes = BODY, now: datetime = NOW, regions: Sequence[str] = ()) -> str:
    with pytest.raises(WireError) as raised:
        check(headers, body, now, regions)
    assert raised.value.status == 400
    return raised.value.name


def changed(headers: Headers, name: str, change: Callable[[str], str]) -> Headers:
    return [(key, change(value) if key == name else value) for key, value in headers]


def test_the_signing_key_is_that_of_the_published_example() -> None:
    # docs.aws.amazon.com: "Examples of how to derive a signing key for Signature Version 4"
    scope = Signed("AKIDEXAMPLE", "20150830", "us-east-1", "iam", "aws4_request", (), "")
    key = signing_key(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope)
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_the_canonical_request_is_that_of_the_published_test_suite() -> None:
    # aws-sig-v4-test-suite, post-vanilla: its canonical request, and its hash in the string to sign
    headers = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")]
    text = canonical_request(headers, ("host", "x-amz-date"), hashlib.sha256(b"").hexdigest())
    assert hashlib.sha256(text.encode()).hexdigest() == "553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87"


@pytest.mark.parametrize(
    "more",
    [
        [],
        [("My-Header1", "value1")],
        [("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')],
        [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
        [("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3")],
        [("Zoo", "last"), ("p", "phfft"), ("A", "first")],
        [("X-Amz-Content-Sha256", hashlib.sha256(BODY).hexdigest())],
    ],
    ids=[
        "vanilla",
        "header-key-case",
        "header-value-trim",
        "header-key-duplicate",
        "header-value-order",
        "header-key-sort",
        "payload hash",
    ],
)
@pytest.mark.parametrize("body", [b"", BODY, "é\0\u2028".encode(), bytes(range(256))])
def test_what_botocore_signs_is_accepted(more: list[tuple[str, str]], body: bytes) -> None:
    if body is not BODY:
        more = [(name, value) for name, value in more if name != "X-Amz-Content-Sha256"]
    assert check(signed(body, [*HEADERS, *more]), body) == KEY


@given(
    body=st.binary(max_size=64),
    values=st.lists(st.text("abc ,;:\t\"'é", max_size=12), max_size=4),
    region=st.sampled_from(["eu-west-1", "us-gov-west-1", "local"]),
)
def test_whatever_botocore_signs_is_accepted(body: bytes, values: list[str], region: str) -> None:
    headers = signed(body, [*HEADERS, *((f"X-Shop-{place}", value) for place, value in enumerate(values))], region=region)
    wire = [(name, value.encode().decode("latin-1")) for name, value in headers]  # as bytes arrive
    assert check(wire, body) == KEY


@given(place=st.integers(0), flip=st.integers(1, 255))
def test_a_body_with_any_other_byte_is_refused(place: int, flip: int) -> None:
    body = bytearray(BODY)
    body[place % len(body)] ^= flip
    assert refusal(signed(), bytes(body)) == "InvalidSignatureException"


@given(data=st.data())
def test_a_header_with_any_other_letter_is_refused(data: st.DataObject) -> None:
    headers = signed()
    name, value = data.draw(st.sampled_from(headers))
    place = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(min_codepoint=0x21, max_codepoint=0x7E).filter(lambda one: one != value[place]))
    refusal(changed(headers, name, lambda text: text[:place] + letter + text[place + 1 :]))


@pytest.mark.parametrize("name", ["content-type", "host", "x-amz-date", "x-amz-target", "authorization"])
def test_each_header_is_needed(name: str) -> None:
    refusal([header for header in signed() if header[0] != name])


@pytest.mark.parametrize("name", ["content-type", "host", "x-amz-date", "x-amz-target", "authorization"])
def test_a_header_that_is_sent_twice_is_refused(name: str) -> None:
    headers = signed()
    twice = next(header for header in headers if header[0] == name)
    assert refusal([*headers, twice]) == "IncompleteSignatureException"


@pytest.mark.parametrize("name", ["x-amz-anything", "x-amz-content-sha256"])
def test_a_header_of_aws_that_is_not_signed_is_refused(name: str) -> None:
    assert refusal([*signed(), (name, hashlib.sha256(BODY).hexdigest())]) == "IncompleteSignatureException"


@pytest.mark.parametrize("name", ["x-amz-cf-id", "x-amzn-trace-id", "user-agent", "x-forwarded-for"])
def test_what_a_proxy_adds_does_not_matter(name: str) -> None:
    assert check([*signed(), (name, "1")]) == KEY


def test_the_target_must_be_signed_or_anybody_could_send_another_operation() -> None:
    unsigned = [header for header in HEADERS if header[0] != "X-Amz-Target"]
    assert (
        refusal([*signed(headers=unsigned), ("x-amz-target", "AWSHawksNestServiceFacade.UpdateEventLabel")])
        == "IncompleteSignatureException"
    )


def test_a_hash_of_another_body_or_of_none_is_refused() -> None:
    for claim in ("UNSIGNED-PAYLOAD", hashlib.sha256(b"").hexdigest()):
        headers = signed(headers=[*HEADERS, ("X-Amz-Content-Sha256", claim)])
        assert refusal(headers) == "InvalidSignatureException"


@pytest.mark.parametrize(("seconds", "fits"), [(-301, False), (-300, True), (300, True), (301, False), (86_400, False)])
def test_a_signature_is_good_for_five_minutes_around_its_time(seconds: int, fits: bool) -> None:
    now = datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)
    if fits:
        assert check(signed(), now=now) == KEY
    else:
        assert refusal(signed(), now=now) == "InvalidSignatureException"


def test_a_time_of_another_day_than_the_scope_is_refused() -> None:
    headers = changed(signed(), "authorization", lambda text: text.replace("/20261129/", "/20261128/"))
    assert refusal(headers) == "InvalidSignatureException"


@pytest.mark.parametrize("time", ["", "2026-11-29T04:30Z", "20261129T0430", "20261329T043000Z", "20261129T043000Z\n", "٢٠261129T043000Z"])
def test_what_is_no_time_is_refused(time: str) -> None:
    assert refusal(changed(signed(), "x-amz-date", lambda _: time)) == "IncompleteSignatureException"


def test_a_signature_for_another_service_or_region_is_refused() -> None:
    assert refusal(signed(service="s3")) == "InvalidSignatureException"
    assert refusal(signed(region="us-east-1"), regions=("eu-west-1",)) == "InvalidSignatureException"
    assert check(signed(region="eu-west-1"), regions=("eu-west-1",)) == KEY


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bearer rw_1234", "MissingAuthenticationTokenException"),
        ("", "MissingAuthenticationTokenException"),
        ("AWS4-HMAC-SHA256", "IncompleteSignatureException"),
        ("AWS4-ECDSA-P256-SHA256 Credential=A", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=AKIDSHOP, SignedHeaders=host, Signature=" + "0" * 64, "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 " + "a" * 8000, "IncompleteSignatureException"),
    ],
)
def test_another_kind_of_authorization_is_refused(text: str, name: str) -> None:
    assert refusal(changed(signed(), "authorization", lambda _: text)) == name


def test_signed_headers_are_named_in_order_and_once() -> None:
    for names in ("x-amz-date;content-type;host;x-amz-target", "content-type;host;host;x-amz-date;x-amz-target"):
        headers = changed(
            signed(), "authorization", lambda text, names=names: text.replace("content-type;host;x-amz-date;x-amz-target", names)
        )
        assert refusal(headers) == "IncompleteSignatureException"


def test_a_signed_header_that_was_not_sent_is_refused() -> None:
    headers = [header for header in signed(headers=[*HEADERS, ("X-Shop", "1")]) if header[0] != "x-shop"]
    assert refusal(headers) == "IncompleteSignatureException"


def test_another_key_is_not_known() -> None:
    headers = changed(signed(), "authorization", lambda text: text.replace(KEY, "AKIDOTHER"))
    assert refusal(headers) == "UnrecognizedClientException"
