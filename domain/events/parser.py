"""One JSON object in, one `Event` out, or `Rejected` with the field and the mend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any, NoReturn

from domain.events.currency import CODES
from domain.events.disposable_mail import mail_classes
from domain.events.envelopes import JSON, check_no_deep_envelope, check_no_envelope, event_in
from domain.events.event import FIELDS, LABEL_FIELDS, MAX_AMOUNT, Event, Rejected, source_code
from domain.events.event_times import EventTimes
from domain.events.exchange_rates import NO_RATE, USUAL_CURRENCY, CurrencySettings
from domain.events.field_texts import address_text, checked, identifier, is_empty, text_of
from domain.events.field_values import amount_of, attributes_of, category_of, currency_of, number_of, truth_of
from domain.events.given_pseudonyms import given_pseudonyms
from domain.events.identity import MISSING, NoIdentifier, Pseudonyms, is_of_nobody, names_nobody
from domain.events.json_object import TooDeep, json_object
from domain.events.marks import LABELS
from domain.events.quoting import folded, kind_of, name_of
from domain.graph import AMOUNT_TYPES, ENTITY_FIELDS, EVENT_TYPES, FORGET, LABEL, LABEL_CODE, GraphSettings
from domain.times import now_ms

_NAMED_TYPES = (*EVENT_TYPES, LABEL)
"""Types that a refusal offers; lines that forget an account are written by a command."""
_FORGET_CODE = len(_NAMED_TYPES)
_TYPE_CODES = {name: code for code, name in enumerate((*_NAMED_TYPES, FORGET))}
_FOLDED_CODES = {folded(name): code for name, code in _TYPE_CODES.items()}
_FOLDED_FIELDS = {folded(name): name for name in FIELDS | LABEL_FIELDS}
_AMOUNT_CODES = frozenset(_TYPE_CODES[name] for name in AMOUNT_TYPES)
_REMEMBERED = 1 << 15
"""Texts per field and process whose pseudonyms are kept: devices and addresses repeat; to check, normalise
and hash costs 2 to 10 us.
"""


class EventParser:
    """Parser of lines. Pure but for the clock, which bounds times in the future."""

    def __init__(
        self,
        graph: GraphSettings,
        pseudonyms: Pseudonyms,
        now_ms: Callable[[], int] = now_ms,
        form: str = JSON,
        disposable: Collection[str] = (),
        labels_from: Collection[str] | None = None,
        check_label: Callable[[Mapping[str, Any]], None] | None = None,
        currency: CurrencySettings = USUAL_CURRENCY,
    ) -> None:
        """Note the settings. `form`, one of `FORMATS`, is that of lines for which `parse` is given none.

        `disposable` are further domains of throw-away mailboxes, see `mail_classes`. `labels_from` names the
        sources that may carry labels, None: every one may. `check_label` raises `Rejected` for the document
        of a label that is not signed.
        """
        self._labels_from, self._check_label = labels_from, check_label
        self.rates: Mapping[str, float] = currency.table()
        """What a unit of each currency is worth, "" for amounts without one. It may be replaced."""
        self._pseudonyms, self._form = pseudonyms, form
        self._entity_kinds = len(graph.entities)
        self._no_keys = [MISSING] * len(graph.stages)
        self._stages = {kind: stage for stage, kind in enumerate(graph.stages)}
        self._fields = tuple(self._field(kind, graph) for kind in sorted(ENTITY_FIELDS, key=lambda kind: kind == "address"))
        self._numeric = graph.numeric_attributes
        self._categorical = graph.categorical_attributes
        self.machine_ms = now_ms
        """The machine's clock, by which times are bounded."""
        self._time = EventTimes(now_ms).read
        self._mail_class = lru_cache(maxsize=_REMEMBERED)(mail_classes(pseudonyms.form("email"), disposable))

    def _field(self, kind: str, graph: GraphSettings) -> tuple[str, int | None, Callable[[str], Any]]:
        """Return (name, its stage or None, what checks a text and returns its pseudonym)."""
        field, form = ENTITY_FIELDS[kind], self._pseudonyms.form(kind)
        if kind not in graph.stages:
            return field, None, lru_cache(maxsize=_REMEMBERED)(partial(_spelling, kind, field, form))
        return field, graph.stages.index(kind), lru_cache(maxsize=_REMEMBERED)(partial(self._pseudonym, kind, field, form))

    def _pseudonym(self, kind: str, field: str, form: Callable[[str], str], text: str) -> int:
        spelling = _spelling(kind, field, form, text)
        return self._pseudonyms.of_text(kind, spelling) if spelling else MISSING

    def parse(self, line: bytes, form: str = "") -> Event:
        """Return the event of one line (UTF-8 JSON without the line break); raise `Rejected` or `Skipped`.

        A `form` that begins with `LABELS` is that of a source that may carry labels, if not every one may.
        """
        may_be_label = self._labels_from is None
        if form and form[0] == LABELS:
            may_be_label, form = True, form[1:]
        form = form or self._form
        try:
            doc = json_object(line) if form == JSON else event_in(line, form)
        except TooDeep:
            if form == JSON:
                check_no_deep_envelope(line)
            raise
        if not FIELDS.issuperset(doc):
            _only_of_labels(doc)
        code = _event_type(doc)
        event_id = identifier(doc, "event_id")
        attributes = doc.get("attributes")
        attributes = {} if attributes is None else attributes_of(attributes)
        time_ms, keys = self._time(doc, "event_time"), self._keys(doc)
        event = Event(event_id, code, time_ms, keys[: self._entity_kinds], self._pseudonyms.of_text("event", event_id))
        event.places = keys[self._entity_kinds :]
        mail = doc.get("email")
        if mail is not None:
            event.mail = self._mail_class(mail if mail.__class__ is str else text_of(mail, "email"))
        created = doc.get("account_created_at")
        if created is not None and not is_empty(created):
            event.created_ms = self._time(doc, "account_created_at")
        if code >= LABEL_CODE:
            if not may_be_label:
                raise Rejected("event_type", self._not_here())
            if self._check_label:
                self._check_label(doc)
            if code == _FORGET_CODE:
                event.type_code, event.is_fraud = LABEL_CODE, None
            else:
                self._label(doc, event)
        _money(doc, event, self.rates)
        if self._numeric or self._categorical:
            event.numeric = tuple(number_of(attributes, name) for name in self._numeric)
            event.categorical = tuple(self._category(attributes, name) for name in self._categorical)
        return event

    def _keys(self, doc: Mapping[str, Any]) -> tuple[int, ...]:
        keys = self._no_keys.copy()
        for field, stage, of in self._fields:
            value = doc.get(field)
            if value is not None:
                key = of(value if value.__class__ is str else text_of(value, field))
                if stage is not None:
                    keys[stage] = key
        given = doc.get("pseudonyms")
        if given is not None:
            for kind, key in given_pseudonyms(given, doc):
                if kind in self._stages:
                    keys[self._stages[kind]] = key
        if keys[0] == MISSING:  # an event without an account belongs to nobody
            raise Rejected("account_id", "it is required")
        return tuple(keys)

    def _not_here(self) -> str:
        if not self._labels_from:
            return "labels are taken from no source (job.labels is empty)"
        return f"labels are taken from {' and '.join(self._labels_from)} only (job.labels); send it there"

    def _label(self, doc: Mapping[str, Any], event: Event) -> None:
        subject = identifier(doc, "subject_event_id")
        if subject == event.event_id:
            raise Rejected("subject_event_id", "it is the label's own id; send that of the event that the label judges")
        event.subject_hash = self._pseudonyms.of_text("event", subject)
        fraud = doc.get("is_fraud", "")
        event.is_fraud = None if fraud is None else truth_of(doc.get("is_fraud"), "is_fraud")
        if doc.get("source") is not None:
            event.source = source_code(checked(doc["source"], "source"))

    def _category(self, attributes: Mapping[str, Any], name: str) -> int:
        text = category_of(attributes, name)
        return self._pseudonyms.of(f"attribute {name}", text) & 0xFFFFFFFF if text else 0


def _money(doc: Mapping[str, Any], event: Event, rates: Mapping[str, float]) -> None:
    amount, currency = doc.get("amount"), doc.get("currency")
    if amount is None and currency is None:
        return
    if event.type_code not in _AMOUNT_CODES:
        if is_empty(amount) and is_empty(currency):
            return
        if not is_empty(amount) and amount_of(amount) == 0:  # of a sender with one form for all events
            return
        raise Rejected("currency" if is_empty(amount) else "amount", "only order, payment and refund_request carry it")
    if amount is not None:
        plain = amount.__class__ is float and 0 <= amount <= MAX_AMOUNT
        event.amount = amount if plain else amount_of(amount)
    if currency is not None:
        event.currency = currency if currency.__class__ is str and currency in CODES else currency_of(currency)
        event.rate = rates.get(event.currency, NO_RATE)


def _only_of_labels(doc: dict[str, Any]) -> None:
    """Reject fields that nobody knows, and those of labels in other events."""
    unknown = next((field for field in doc if field not in FIELDS and field not in LABEL_FIELDS), None)
    if unknown is not None:
        check_no_envelope(doc)
        _unknown_field(unknown)
    for field in filter(LABEL_FIELDS.__contains__, doc):
        code = LABEL_CODE if is_empty(doc[field]) else _event_type(doc)
        if code != LABEL_CODE and not (code == _FORGET_CODE and field == "signature"):
            raise Rejected(field, "only label events carry it")


def _unknown_field(field: str) -> NoReturn:
    same = _FOLDED_FIELDS.get(folded(field[:64]))
    near = [same] if same else get_close_matches(field[:64].lower(), FIELDS | LABEL_FIELDS, n=1)
    mend = f"did you mean {near[0]}?" if near else "put it into attributes, or leave it out by ignore= in the source's URL"
    raise Rejected(name_of(field), f"unknown field; {mend}")


def _event_type(doc: Mapping[str, Any]) -> int:
    value: Any = doc.get("event_type")
    if value.__class__ is not str:
        raise Rejected("event_type", f"one of {', '.join(_NAMED_TYPES)} is wanted, not {kind_of(value)}")
    code = _TYPE_CODES.get(value)
    if code is None:
        code = _FOLDED_CODES.get(folded(value))
    if code is None:
        near = get_close_matches(value[:64].lower(), _NAMED_TYPES, n=1)
        mend = f"; did you mean {near[0]}?" if near else ""
        raise Rejected("event_type", f"one of {', '.join(_NAMED_TYPES)} is wanted, not another text{mend}")
    return code


def _spelling(kind: str, field: str, form: Callable[[str], str], text: str) -> str:
    """Return the canonical form, which is hashed; empty if the text says that the identifier is not known."""
    if kind == "address":
        text = address_text(text)
    if not checked(text, field):
        return ""
    try:
        spelling = form(text)
    except NoIdentifier as why:
        raise Rejected(field, str(why)) from None
    if kind == "address" and not spelling and not any(map(str.isalnum, text)) and not is_of_nobody(text):
        raise Rejected("address", "it holds no letter and no digit")
    if kind == "account" and names_nobody(kind, spelling):
        raise Rejected(field, "it says that the account is not known; send its id, and for a guest an id of the guest's own")
    if kind == "account" and not spelling:
        raise Rejected(field, "it holds nothing that can be seen; send the account's id")
    return spelling
