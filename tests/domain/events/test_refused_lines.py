"""What is refused and why: a table over every field of the contract."""

from __future__ import annotations

import math
import time

import pytest

from domain.events.event import FIELDS, FUTURE_MS, LABEL_FIELDS, MAX_LINE_BYTES, OLDEST_MS, Rejected
from tests.support.event_lines import NOW, PARSER, TEXT_FIELDS, label, nested, order, raw, without

NAN, INFINITY = math.nan, math.inf

MALFORMED: list[tuple[str, bytes, str, str]] = [
    # what, line, field, a part of the reason
    ("event_id missing", without(order(), "event_id"), "event_id", "string is wanted, not nothing"),
    ("event_id null", order(event_id=None), "event_id", "string is wanted"),
    ("event_id a fraction", order(event_id=7.5), "event_id", "a point or an exponent"),
    ("event_id of 30 digits", order(event_id=10**29), "event_id", "64 bits"),
    ("event_id a list", order(event_id=["x"]), "event_id", "not an array"),
    ("event_id empty", order(event_id=""), "event_id", "1 to 128"),
    ("event_id blank", order(event_id="  "), "event_id", "printed"),
    ("event_id too long", order(event_id="x" * 129), "event_id", "129"),
    ("event_id with a line break", order(event_id="a\nb"), "event_id", "printed"),
    ("event_id with NUL", order(event_id="a\0b"), "event_id", "printed"),
    ("event_id half a surrogate pair", order(event_id="a\ud800"), "event_id", "printed"),
    ("event_type missing", without(order(), "event_type"), "event_type", "one of signup"),
    ("event_type null", order(event_type=None), "event_type", "not nothing"),
    ("event_type unknown", order(event_type="purchase"), "event_type", "not another text"),
    ("event_type a list", order(event_type=["order"]), "event_type", "an array"),
    ("event_type an object", order(event_type={}), "event_type", "an object"),
    ("event_type very long", order(event_type="x" * 5000), "event_type", "not another text"),
    ("event_time missing", without(order(), "event_time"), "event_time", "not nothing"),
    ("event_time null", order(event_time=None), "event_time", "not nothing"),
    ("event_time true", order(event_time=True), "event_time", "true or false"),
    ("event_time a fraction", order(event_time=NOW - 0.5), "event_time", "integer milliseconds"),
    ("event_time NaN", raw("event_time", "NaN"), "event_time", "integer"),
    ("event_time 1e999", raw("event_time", "1e999"), "event_time", "integer"),
    ("event_time in seconds", order(event_time=NOW // 1000), "event_time", "milliseconds, not seconds"),
    ("event_time negative", order(event_time=-5), "event_time", "before 1990"),
    ("event_time zero", order(event_time=0), "event_time", "before 1990"),
    ("event_time just before 1990", order(event_time=OLDEST_MS - 1), "event_time", "before 1990"),
    (
        "event_time in microseconds",
        order(event_time=NOW * 1000),
        "event_time",
        "is 2026-01-01T00:00:00Z in microseconds; send",
    ),
    ("event_time in nanoseconds", order(event_time=NOW * 10**6), "event_time", "is 2026-01-01T00:00:00Z in nanoseconds"),
    ("event_time in nanoseconds as text", order(event_time=str(NOW * 10**6)), "event_time", "in nanoseconds"),
    ("event_time in seconds with a fraction", order(event_time=NOW / 1000 + 0.25), "event_time", "is 2026-01-01T00:00:00.250Z in seconds"),
    ("event_time in seconds as a float", order(event_time=NOW / 1000), "event_time", "is 2026-01-01T00:00:00Z in seconds"),
    ("event_time in no known unit", order(event_time=NOW * 30), "event_time", "future"),
    ("event_time a leap second in the morning", order(event_time="2025-12-31T10:00:60Z"), "event_time", "leap second"),
    ("event_time a leap second 61", order(event_time="2025-12-31T23:59:61Z"), "event_time", "no such time"),
    ("event_time in words", order(event_time="the last day of 2025, at noon"), "event_time", "RFC 3339"),
    ("event_time in words on another day of the week", order(event_time="Thu, 31 Dec 2025 10:00:00 GMT"), "event_time", "RFC 3339"),
    ("event_time in words, a zone of many", order(event_time="Wed, 31 Dec 2025 10:00:00 EST"), "event_time", "RFC 3339"),
    ("event_time a date and time in digits", order(event_time=20260302120000), "event_time", "looks like a date in digits"),
    ("event_time a date and time in digits as text", order(event_time="20260302120000"), "event_time", "looks like a date in digits"),
    ("event_time a date and minutes in digits", order(event_time=202603021200), "event_time", "looks like a date in digits"),
    ("event_time a date in digits", order(event_time=20260302), "event_time", "looks like a date in digits"),
    ("event_time with milliseconds in digits", order(event_time=20260302120000123), "event_time", "looks like a date in digits"),
    ("event_type refund", order(event_type="refund"), "event_type", "did you mean refund_request?"),
    ("event_time 25 hours ahead", order(event_time=NOW + 25 * 3_600_000), "event_time", "future"),
    ("event_time beyond a day ahead", order(event_time=NOW + FUTURE_MS + 1), "event_time", "future"),
    ("event_time of 4000 digits", raw("event_time", "9" * 4000), "event_time", "future"),
    ("event_time of 5000 digits", raw("event_time", "9" * 5000), "line", "too many digits"),
    ("event_time an object", order(event_time={"ms": NOW}), "event_time", "an object"),
    ("event_time empty", order(event_time=""), "event_time", "RFC 3339"),
    ("event_time a date only", order(event_time="2025-12-31"), "event_time", "is a day"),
    ("event_time without time zone", order(event_time="2025-12-31T10:00:00"), "event_time", "names no time zone"),
    ("event_time of year 3000", order(event_time="3000-01-01T00:00:00Z"), "event_time", "future"),
    ("event_time of year 1900", order(event_time="1900-01-01T00:00:00Z"), "event_time", "before 1990"),
    ("event_time of year 0", order(event_time="0000-01-01T00:00:00Z"), "event_time", "no such time"),
    ("event_time on 29 February 2025", order(event_time="2025-02-29T00:00:00Z"), "event_time", "no such time"),
    ("event_time on 31 April", order(event_time="2025-04-31T00:00:00Z"), "event_time", "no such time"),
    ("event_time at 25 o'clock", order(event_time="2025-04-30T25:00:00Z"), "event_time", "no such time"),
    ("event_time at second 61", order(event_time="2025-04-30T10:00:61Z"), "event_time", "no such time"),
    ("event_time in month 13", order(event_time="2025-13-01T00:00:00Z"), "event_time", "no such time"),
    ("event_time with offset 99:00", order(event_time="2025-04-30T10:00:00+99:00"), "event_time", "no such time"),
    ("event_time with text after it", order(event_time="2025-04-30T10:00:00Z; DROP"), "event_time", "RFC 3339"),
    ("event_time very long", order(event_time="2" * 60_000), "event_time", "RFC 3339"),
    ("event_time half a surrogate pair", order(event_time="\ud800"), "event_time", "RFC 3339"),
    ("event_time in Arabic digits", order(event_time="٢٠٢٥-04-30T10:00:00Z"), "event_time", ""),
    ("account_id missing", without(order(), "account_id"), "account_id", "required"),
    ("account_id null", order(account_id=None), "account_id", "required"),
    ("account_id missing in a label", without(label(), "account_id"), "account_id", "required"),
    ("account_id empty", order(account_id=""), "account_id", "required"),
    ("account_id blank", order(account_id=" \t"), "account_id", "required"),
    *((f"{field} a number", order(**{field: 12}), field, "not a number") for field in ("ip", "email")),
    *((f"{field} a fraction", order(**{field: 1.5}), field, "not a number") for field in TEXT_FIELDS),
    *((f"{field} false", order(**{field: False}), field, "true or false") for field in TEXT_FIELDS),
    *((f"{field} of 30 digits", order(**{field: 10**29}), field, "") for field in TEXT_FIELDS),
    *((f"{field} too long", order(**{field: "x" * 513}), field, "513") for field in TEXT_FIELDS),
    *((f"{field} with NUL", order(**{field: "a\0b"}), field, "control characters") for field in TEXT_FIELDS),
    *((f"{field} half a surrogate pair", order(**{field: "a\udfff"}), field, "surrogate") for field in TEXT_FIELDS),
    ("account_id with a line break", order(account_id="a\nb"), "account_id", "control characters"),
    ("account_id with DEL", order(account_id="a\x7fb"), "account_id", "control characters"),
    ("account_id true", order(account_id=True), "account_id", "true or false"),
    ("account_id an object", order(account_id={"id": "a"}), "account_id", "an object"),
    ("device NaN", raw("device_fingerprint", "NaN"), "device_fingerprint", "a number"),
    ("address a number", order(address=12), "address", "not a number"),
    ("address a list", order(address=["12 Main St"]), "address", "an array"),
    ("address of punctuation", order(address="--- ,,"), "address", "no letter"),
    ("address too long", order(address="1 " * 257), "address", "too long"),
    ("address too long in parts", order(address={"line1": "x" * 300, "city": "y" * 300}), "address", "too long"),
    ("address with an unknown part", order(address={"street": "Main"}), "address", "unknown part street"),
    ("address part a fraction", order(address={"line1": 12.5}), "address", "line1 must be a string or an integer"),
    ("address part true", order(address={"line1": True}), "address", "line1 must be a string"),
    ("address part nested", order(address={"line1": {"x": "y"}}), "address", "line1 must be a string"),
    ("address part NaN", order(address={"line1": NAN}), "address", "line1 must be a string"),
    ("address with NUL", order(address="12 Main\0St"), "address", "control characters"),
    ("address half a surrogate pair", order(address="12 Main \ud800"), "address", "surrogate"),
    ("address object half a surrogate pair", order(address={"line1": "12 \udc00"}), "address", "surrogate"),
    ("amount with a currency's sign", order(amount="$19.50"), "amount", "without a currency's sign"),
    ("amount with separators", order(amount="1,234.50"), "amount", "separators"),
    ("amount negative in quotes", order(amount="-3"), "amount", "between 0"),
    ("amount in quotes 1e999", order(amount="1e999"), "amount", "between 0"),
    *(
        (f"amount in quotes {text}", order(amount=text), "amount", "not a string that says that there is none; send null")
        for text in ("NaN", "Infinity", "-Infinity", "inf", "N/A", "null", "None", "-")
    ),
    ("amount in Base64", order(amount="AYag"), "amount", "if it is Base64, as Debezium writes decimals, let decimal.handling.mode"),
    ("amount true", order(amount=True), "amount", "true or false"),
    ("amount negative", order(amount=-0.01), "amount", "between 0"),
    ("amount NaN", order(amount=NAN), "amount", "between 0"),
    ("amount Infinity", order(amount=INFINITY), "amount", "between 0"),
    ("amount -Infinity", order(amount=-INFINITY), "amount", "between 0"),
    ("amount 1e999", raw("amount", "1e999"), "amount", "between 0"),
    ("amount above a trillion", order(amount=1.1e12), "amount", "between 0"),
    ("amount of 4000 digits", raw("amount", "9" * 4000), "amount", "between 0"),
    ("amount of 5000 digits", raw("amount", "9" * 5000), "line", "too many digits"),
    ("amount a list", order(amount=[1]), "amount", "an array"),
    ("amount on a login", order(event_type="login", currency=None), "amount", "only order, payment"),
    ("amount on a signup", order(event_type="signup"), "amount", "only order, payment"),
    ("amount on a label", label(amount=3), "amount", "only order, payment"),
    ("currency on a login", order(event_type="login", amount=None), "currency", "only order, payment"),
    ("currency not in ISO 4217", order(currency="BTC"), "currency", "ISO 4217"),
    ("currency pence", order(currency="GBp"), "currency", "GBp is pence; send pounds, GBP"),
    ("currency pence, as others write it", order(currency=" GBX "), "currency", "GBX is pence; send pounds, GBP"),
    ("currency South African cents", order(currency="ZAc"), "currency", "ZAc is cents; send rand, ZAR"),
    ("currency agorot", order(currency="ILa"), "currency", "ILa is agorot; send shekels, ILS"),
    ("currency a sign", order(currency="€"), "currency", "ISO 4217"),
    ("currency a number", order(currency=978), "currency", "ISO 4217"),
    ("currency a list", order(currency=["EUR"]), "currency", "ISO 4217"),
    ("account_created_at in seconds", order(account_created_at=NOW // 1000), "account_created_at", "not seconds"),
    ("account_created_at ahead", order(account_created_at=2 * NOW), "account_created_at", "future"),
    ("account_created_at a date", order(account_created_at="2025-01-01"), "account_created_at", "RFC 3339"),
    ("account_created_at false", order(account_created_at=False), "account_created_at", "true or false"),
    ("attributes a list", order(attributes=[1]), "attributes", "an array"),
    ("attributes a string", order(attributes="items=3"), "attributes", "a string"),
    ("attributes nested", order(attributes={"a": {"b": 1}}), "attributes", "a must be a number or a string"),
    ("attributes with a list", order(attributes={"a": [1]}), "attributes", "an array"),
    ("attributes with NaN", order(attributes={"a": NAN}), "attributes", "a is not a finite number"),
    ("attributes with Infinity", order(attributes={"a": INFINITY}), "attributes", "finite"),
    ("attributes with 1e999", raw("attributes", '{"a": -1e999}'), "attributes", "finite"),
    ("attributes with 400 digits", raw("attributes", '{"a": %s}' % ("9" * 400)), "attributes", "finite"),
    (
        "attributes with a long text",
        order(attributes={"a": "x" * 513}),
        "attributes",
        "a has 513 characters, which are too long; at most 512",
    ),
    ("attributes with a long name", order(attributes={"x" * 513: 1}), "attributes", "too long"),
    ("attributes with a control character", order(attributes={"a": "\x1b[2J"}), "attributes", "a holds U+001B, which cannot be printed"),
    ("attributes with a name of control characters", order(attributes={"\r\n": 1}), "attributes", "printed"),
    ("attributes half a surrogate pair", order(attributes={"a": "\ud800"}), "attributes", "printed"),
    ("attributes with NEL", order(attributes={"a": "x\u0085"}), "attributes", "a holds U+0085, which cannot be printed"),
    ("attributes with a line break", order(attributes={"a": "x\ny"}), "attributes", "a holds U+000A, which cannot be printed"),
    ("attributes too many", order(attributes={f"a{i}": i for i in range(65)}), "attributes", "65 entries"),
    ("attributes: a text for a numeric one", order(attributes={"items": "three"}), "attributes", "items must be a number"),
    ("attributes: 1e999 in quotes for a numeric one", order(attributes={"items": "1e999"}), "attributes", "not a finite number"),
    ("label with is_fraud 2", label(is_fraud=2), "is_fraud", "true or false is wanted, not a number"),
    ("label with is_fraud maybe", label(is_fraud="maybe"), "is_fraud", "not a string"),
    ("label with is_fraud empty", label(is_fraud=""), "is_fraud", "not an empty string"),
    ("subject_event_id on an order", order(subject_event_id="o-0"), "subject_event_id", "only label events"),
    ("is_fraud on an order", order(is_fraud=True), "is_fraud", "only label events"),
    ("source on an order", order(source="web"), "source", "only label events"),
    ("label without is_fraud", without(label(), "is_fraud"), "is_fraud", "true or false is wanted, not nothing"),
    ("signature on an order", order(signature={"key": "ops", "mac": "0" * 64}), "signature", "only label events"),
    ("pseudonyms a list", order(pseudonyms=["1f"]), "pseudonyms", "an object is wanted, not an array"),
    ("pseudonyms a text", order(pseudonyms="1f"), "pseudonyms", "an object is wanted, not a string"),
    ("pseudonyms of an unknown kind", order(pseudonyms={"devise": "0" * 16}), "pseudonyms", "unknown kind devise; did you mean device?"),
    ("pseudonyms by field", order(pseudonyms={"payment_instrument": None}), "pseudonyms", "did you mean payment?"),
    ("pseudonym both ways", order(pseudonyms={"device": "1f" * 8}), "pseudonyms.device", "given as device_fingerprint, too; send one"),
    *(
        (f"pseudonym {text!r}", order(ip=None, pseudonyms={"ip": text}), "pseudonyms.ip", words)
        for text, words in (
            ("1F" * 8, "16 digits of 0 to 9 and a to f"),
            ("1f" * 8 + "0", "16 digits"),
            ("1" * 15, "16 digits"),
            ("203.0.113.9", "a raw id is sent as ip"),
            ("0" * 16, "zeros are nobody's pseudonym"),
            ("1f" * 8 + "\n", "16 digits"),
            ("١" * 16, "16 digits"),
            (17, "not a number"),
            (["1f" * 8], "not an array"),
        )
    ),
    ("pseudonym of an account and no account", order(account_id=None, pseudonyms={"device": None}), "account_id", "required"),
    ("label without subject", without(label(), "subject_event_id"), "subject_event_id", "string is wanted"),
    ("label with an empty subject", label(subject_event_id=""), "subject_event_id", "1 to 128"),
    ("label with a long subject", label(subject_event_id="x" * 129), "subject_event_id", "129"),
    ("label with a numeric source", label(source=4), "source", "not a number"),
    ("label with a surrogate in source", label(source="\ud800"), "source", "surrogate"),
    ("unknown field near a known one", order(ammount=3), "ammount", "did you mean amount?"),
    ("unknown field near device", order(device_fingerprnt="x"), "device_fingerprnt", "did you mean device_fingerprint?"),
    *(
        (
            f"{name} for account_id",
            without(order(**{name: "a"}), "account_id"),
            name if " " not in name else "a field",
            "did you mean account_id?",
        )
        for name in ("ACCOUNT_ID", "accountId", "AccountID", "Account-Id", "account id")
    ),
    ("unknown field far from all", order(zzz=3), "zzz", "attributes"),
    ("unknown field without a name", order(**{"": 1}), "a field", "unknown field"),
    ("unknown field, null", order(zzz=None), "zzz", "unknown field"),
    ("unknown field of control characters", order(**{"\x1b[2J": 1}), "a field", "unknown field"),
    ("unknown field very long", order(**{"q" * 9000: 1}), "a field", "unknown field"),
    ("unknown field half a surrogate pair", order(**{"\ud800": 1}), "a field", "unknown field"),
    ("key twice", b'{"event_id":"other",' + order()[1:], "event_id", "twice"),
    ("key twice, same value", order()[:-1] + b',"amount":19.5}', "amount", "twice"),
    ("key twice in attributes", raw("attributes", '{"a":1,"a":2}'), "line", "a appears twice"),
    ("key twice, escaped once", order()[:-1] + b',"\\u0061mount":1}', "amount", "twice"),
    ("empty line", b"", "line", "not JSON"),
    ("blank line", b"   ", "line", "not JSON"),
    ("empty object", b"{}", "event_type", "one of"),
    ("array", b"[1, 2]", "line", "an array of"),
    ("array of events", b"[" + order() + b"]", "line", "an array of"),
    ("string", b'"order"', "line", "not a string"),
    ("number", b"12", "line", "not a number"),
    ("NaN alone", b"NaN", "line", "not a number"),
    ("null", b"null", "line", "not nothing"),
    ("true", b"true", "line", "not true or false"),
    ("words", b"hello, world", "line", "not JSON at character 0"),
    ("truncated", order()[:-1], "line", "not JSON"),
    ("truncated in a string", order()[:25], "line", "not JSON"),
    ("two objects", order() + order(), "line", "not JSON"),
    ("two objects on two lines", order() + b"\n" + order(), "line", "not JSON"),
    ("two objects with a CR between", order() + b"\r" + order(), "line", "Extra data; line ends are CR; convert them to LF"),
    (
        "a file whose line ends are CR",
        b"\r".join([order()] * 300),
        "line",
        "many objects in one line: line ends are CR; convert them to LF",
    ),
    ("trailing comma", order()[:-1] + b",}", "line", "not JSON"),
    ("single quotes", b"{'event_id': 'x'}", "line", "not JSON"),
    *(
        (f"log prefix {first!r}", first.encode() + order(), "line", "text before the object, as logs have it; send the object alone")
        for first in ("2026-01-31 12:00:00 INFO ", "[2026-01-31] INFO ", "INFO ", "<14>", "app[7]: ", "(main) ")
    ),
    ("an event stream", b"data: " + order(), "line", "an event stream (SSE); leave out data: before the object"),
    ("an event stream without a space", b"data:" + order(), "line", "an event stream (SSE)"),
    ("a commented line", b"# " + order(), "line", "a comment, which JSON has not"),
    ("a commented line in C", b"// " + order(), "line", "a comment, which JSON has not"),
    ("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf" + order(), "line", "two byte order marks"),
    ("brackets of text before an endless object", b"[x] " * 9_000 + b'{"', "line", "not JSON"),
    ("CSV", b"e-1,order,12", "line", "is it CSV?"),
    ("comment", order()[:-1] + b"/* x */}", "line", "not JSON"),
    ("raw line break in a string", order().replace(b"alice@", b"al\nice@"), "line", "not JSON"),
    ("raw NUL", order().replace(b"alice@", b"al\0ice@"), "line", "not JSON"),
    ("NULs only", b"\0" * 100, "line", "not JSON"),
    ("bad escape", order().replace(b"alice@", b"al\\xice@"), "line", "not JSON"),
    ("Latin-1", order(account_id="@@").replace(b"@@", "é".encode("latin-1")), "line", "not UTF-8"),
    ("UTF-8 cut off", order(account_id="@@").replace(b"@@", "€".encode()[:2]), "line", "not UTF-8"),
    ("UTF-8 overlong", order(account_id="@@").replace(b"@@", b"\xc0\xaf"), "line", "not UTF-8"),
    ("UTF-8 encoded surrogate", order(account_id="@@").replace(b"@@", b"\xed\xa0\x80"), "line", "not UTF-8"),
    ("UTF-8 beyond Unicode", order(account_id="@@").replace(b"@@", b"\xf5\x80\x80\x80"), "line", "not UTF-8"),
    ("UTF-16", order().decode().encode("utf-16"), "line", "UTF-16 or UTF-32 text; send UTF-8"),
    ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "line", "gzip data; unpack it"),
    ("10 MB", order(account_id="x" * 10_000_000), "line", "too long"),
    ("10 MB of spaces", b" " * 10_000_000, "line", "too long"),
    ("one byte too long", order() + b" " * (MAX_LINE_BYTES + 1 - len(order())), "line", "too long"),
    ("100,000 brackets", b"[" * 100_000, "line", "too long"),
    ("as many brackets as fit", b"[" * MAX_LINE_BYTES, "line", "deeper"),
    ("as many objects as fit", b'{"a":' * (MAX_LINE_BYTES // 5), "line", "deeper"),
    ("brackets in a field", raw("attributes", nested(20_000)), "line", "deeper"),
    ("brackets in event_time", raw("event_time", nested(20_000)), "line", "deeper"),
    ("a little too deep", raw("attributes", '{"a":[[[1]]]}'), "line", "deeper"),
    ("brackets, then endless quotes", b"[[[[[" + b'"' + b'\\"' * 30_000, "line", "deeper"),
    ("brackets after an escaped quote", b'{"a":"\\\\",' + b'"b":[[[[[[1]]]]]]}', "line", "deeper"),
]


@pytest.mark.parametrize(("line", "field", "reason"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_malformed_input_is_refused_with_the_field_and_the_reason(line: bytes, field: str, reason: str) -> None:
    cost = []
    while len(cost) < 3:  # a collection of garbage may fall into one
        started = time.process_time()
        with pytest.raises(Rejected) as caught:
            PARSER.parse(line)
        cost.append(time.process_time() - started)
    assert min(cost) < 0.05
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"{field}: ")
    assert len(str(caught.value)) < 300, "a reason is a line of text, however long the input"
    assert str(caught.value).isprintable(), "a reason must not carry control characters into a terminal"


def test_the_table_covers_every_field_of_the_contract() -> None:
    assert {row[2] for row in MALFORMED} >= FIELDS | LABEL_FIELDS
    assert len(MALFORMED) == len({row[0] for row in MALFORMED}) >= 60


SECRET = "anna.smith1987@example.org"


@pytest.mark.parametrize(
    "line",
    [
        order(**{SECRET: 1}), order(**{"4915112345678": 1}), order(**{"Anna Smith": 1}), order(a49151123=1), order(event_type=SECRET),
        *(order(event_time=text) for text in (SECRET, f"2025-12-31T12:00:00Z {SECRET}", "2025-12-31T25:00:00Z", "1987-12-31T10:00:00")),
        order(account_created_at=SECRET), order(address={SECRET: "x"}), order(attributes={SECRET: [1]}), order(attributes={SECRET: NAN}),
        order(attributes={SECRET: "x" * 600}), order(ip="198.51.100.300"), order(currency=SECRET), order(amount=SECRET),
        raw("attributes", f'{{"{SECRET}":1,"{SECRET}":2}}'), raw("pseudonyms", f'{{"{SECRET}":"{SECRET}"}}'),
        order(account_id=None, pseudonyms={"account": SECRET}), label(is_fraud=SECRET), SECRET.encode(), f'"{SECRET}"'.encode(),
    ],
)  # fmt: skip
def test_no_reason_repeats_a_text_of_the_line(line: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        PARSER.parse(line)
    for text in (SECRET, "anna", "Anna", "491511", "1987", "198.51", "25:00"):
        assert text not in str(caught.value)
