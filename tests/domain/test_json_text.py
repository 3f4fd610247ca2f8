"""JSON text that is stored and sent."""

import json

from domain.json_text import as_json, as_unicode_json

DOCUMENT = {"b": [1, 2.5, None, True], "a": {"naïve": "日本"}}


def test_compact_keeps_the_order_of_keys() -> None:
    assert as_json(DOCUMENT) == json.dumps(DOCUMENT, separators=(",", ":"))
    assert as_json(DOCUMENT).isascii()
    assert as_unicode_json(DOCUMENT) == '{"b":[1,2.5,null,true],"a":{"naïve":"日本"}}'
