"""Records of rates: what is accepted, what is in force, and which step is too large."""

from __future__ import annotations

from typing import Any

import pytest

from domain.control.in_force import ControlInForce
from domain.control.ledger import Ledger, Verdict
from domain.events.event import Rejected
from domain.events.exchange_rates import CurrencySettings
from tests.support.control_samples import BY, GRAPH, PSEUDONYMS, change, rate, record

SETTINGS = CurrencySettings(rates={"JPY": 0.005}, rough_rates=False)
GONE: dict[str, Any] = {"control": "rate", "id": "JPY", "version": 9, "state": "deleted", **BY}


def test_a_record_of_a_rate() -> None:
    found = record(rate())
    assert (found.key, found.name, found.rate, found.is_in_force) == ("rate:JPY", "the rate of JPY", 0.0057, True)
    assert record(GONE).rate is None


@pytest.mark.parametrize(("document", "field", "mend"), [
    (rate("jpy"), "id", "the ISO 4217 code of the currency is wanted, in capitals"),
    (rate("BTC"), "id", "such as JPY"),
    (rate(worth="0.0057"), "rate", "write it without quotes"),
    (rate(worth=None), "rate", "a number is wanted"),
    (rate(worth=0), "rate", "between 1e-09 and 1e+09: what one unit is worth"),
    (rate(worth=-1.0), "rate", "between"),
    (rate(worth=float("nan")), "rate", "finite"),
    (rate(state="shadow"), "state", "one of active, deleted"),
    (rate(currency="JPY", rates=1), "rates", "did you mean rate?"),
    (rate(by=""), "by", "who asks for it"),
])  # fmt: skip
def test_what_is_no_rate_is_refused_with_the_mend(document: dict[str, Any], field: str, mend: str) -> None:
    with pytest.raises(Rejected) as found:
        record(document)
    assert found.value.field == field
    assert mend in found.value.reason


def test_a_rate_doubles_at_most_against_the_one_in_force() -> None:
    state: dict[str, bytes] = {}
    ledger = Ledger(state, currency=SETTINGS)
    with pytest.raises(Rejected, match=r"rate: 0.5 is 100 times the rate in force, 0.005; .*check the decimal .*what one JPY is worth"):
        ledger.take(record(rate(worth=0.5)))
    with pytest.raises(Rejected, match=r"rate: 0.002 is 0.4 times the rate in force"):
        ledger.take(record(rate(worth=0.002)))
    assert ledger.take(record(rate(worth=0.01))).verdict is Verdict.NEW
    again = Ledger(state, currency=SETTINGS)
    assert again.take(record(rate(version=2, worth=0.02))).verdict is Verdict.NEW, "a restart knows the rate in force"
    assert again.take(record(rate(version=2, worth=0.02))).verdict is Verdict.SAME
    assert again.take(record(rate(version=1, worth=0.04))).verdict is Verdict.STALE
    assert again.take(record(GONE)).verdict is Verdict.NEW
    with pytest.raises(Rejected, match=r"rate in force, 0\.005"):
        again.take(record(rate(version=10, worth=0.02)))


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_small_steps_lead_no_further_than_ten_times_the_usual_rate(factor: float) -> None:
    ledger, worth, versions = Ledger({}, currency=SETTINGS), 0.005, iter(range(1, 20))
    for _ in range(3):
        worth *= factor
        assert ledger.take(record(rate(version=next(versions), worth=worth))).verdict is Verdict.NEW
    with pytest.raises(Rejected, match=r"rate: 0.\d+ is (16|0.0625) times 0.005, its usual rate; .*else set currency\.rates"):
        ledger.take(record(rate(version=next(versions), worth=worth * factor)))


@pytest.mark.parametrize("worth", [1e-9, 0.00005, 0.5, 1e9])
def test_the_first_rate_of_a_usual_currency_is_of_its_order(worth: float) -> None:
    for settings in (CurrencySettings(), CurrencySettings(rough_rates=False), CurrencySettings(rates={"JPY": 0.005})):
        with pytest.raises(Rejected, match="rate"):
            Ledger({}, currency=settings).take(record(rate(worth=worth)))


def test_the_first_rate_of_another_currency_may_be_any_and_the_reference_has_none() -> None:
    ledger = Ledger({}, currency=SETTINGS)
    assert ledger.take(record(rate("KWD", worth=2.8))).verdict is Verdict.NEW
    assert ledger.take(record(rate("KPW", worth=1e-6))).verdict is Verdict.NEW
    with pytest.raises(Rejected, match=r"id: EUR is currency\.reference, of which a unit is worth 1"):
        ledger.take(record(rate("EUR", worth=1.0)))


def test_what_is_in_force() -> None:
    found = ControlInForce(GRAPH, PSEUDONYMS, currency=SETTINGS)
    before = found.rates
    for applied, document in enumerate((rate(worth=0.006), rate("KWD", worth=2.8), rate(version=2, worth=0.007)), 1):
        one = change(document, applied)
        found.apply(one.key, one.to_bytes())
    assert (found.rates["JPY"], found.rates["KWD"], found.rates["EUR"], found.rates[""]) == (0.007, 2.8, 1.0, 1.0)
    for applied, document in enumerate((GONE, {**GONE, "id": "KWD"}), 4):
        one = change(document, applied)
        found.apply(one.key, one.to_bytes())
    assert found.rates == before, "what is deleted is as the settings say"
