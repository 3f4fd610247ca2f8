"""The enriched document: a decision's own, with the event as it was parsed, and its row of features.

No raw identifier is in it, for none is left after parsing. `raw_event` adds the raw line where one is wanted.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quoted

from domain.decisions.raw_event import key_of
from domain.events.disposable_mail import MAIL_CLASSES, NO_MAIL
from domain.events.event import Event
from domain.events.identity import MISSING, as_text
from domain.features.event_row import EventRow
from domain.features.row_layout import FeatureRow
from domain.graph import EVENT_TYPES, GraphSettings
from domain.memory.trail import TrailCodec


class Enricher:
    """Writer of enriched documents for one graph."""

    def __init__(self, graph: GraphSettings, with_features: bool = False, for_join: bool = False) -> None:
        """Take the graph; `with_features` adds the row of `FeatureBatch.flat`.

        `for_join` puts the event's clock and `raw_event.key_of` before the document, each in a line.
        """
        self._for_join = for_join
        self._codec, self._kinds = TrailCodec(graph), tuple(map(quoted, graph.stages))
        self._numeric = tuple(map(quoted, graph.numeric_attributes))
        self._categorical = tuple(map(quoted, graph.categorical_attributes))
        self._row = EventRow(graph) if with_features else None
        # nine digits tell every f4 from its neighbours
        self._columns = ",".join(["%.9g"] * FeatureRow(graph).flat_width)

    def text(self, trail: bytes, decision: str) -> str:
        """Return the document of an encoded trail and of its decision document, both as JSON text.

        It begins with the fields of the decision, so that whoever reads decisions reads this, too.
        """
        event = self._codec.event(trail)
        before = f"{self._codec.clock_ms(trail) or event.time_ms}\n{key_of(event)}\n" if self._for_join else ""
        return f'{before}{decision[:-1]},"event":{self._event(event)}{self._derived(event)}{self._features(trail)}}}'

    def _event(self, event: Event) -> str:
        """Return the event as the parser takes it again: by its pseudonyms."""
        keys = (*event.entities, *event.places)  # a trail has all places
        pseudonyms = ",".join([f'{kind}:"{as_text(key)}"' for kind, key in zip(self._kinds, keys, strict=True) if key != MISSING])
        text = f'{{"event_id":{quoted(event.event_id)},"event_type":"{EVENT_TYPES[event.type_code]}","event_time":{event.time_ms}'
        text += f',"pseudonyms":{{{pseudonyms}}}'
        if event.amount == event.amount:
            text += f',"amount":{event.amount!r}'
        if event.currency:
            text += f',"currency":{quoted(event.currency)}'
        if event.created_ms >= 0:
            text += f',"account_created_at":{event.created_ms}'
        numbers = [f"{name}:{value!r}" for name, value in zip(self._numeric, event.numeric, strict=True) if value == value]
        return f'{text},"attributes":{{{",".join(numbers)}}}}}' if numbers else f"{text}}}"

    def _derived(self, event: Event) -> str:
        """Return what the parser has made of texts that are not kept; of most events nothing."""
        parts = [f'"mail":"{MAIL_CLASSES[event.mail]}"'] if event.mail != NO_MAIL else []
        hashes = [f'{name}:"{code:08x}"' for name, code in zip(self._categorical, event.categorical, strict=True) if code]
        if hashes:
            parts.append(f'"categories":{{{",".join(hashes)}}}')
        return f',"derived":{{{",".join(parts)}}}' if parts else ""

    def _features(self, trail: bytes) -> str:
        if self._row is None:
            return ""
        return f',"features":[{self._columns % tuple(self._row.write(trail))}]'
