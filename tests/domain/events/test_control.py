"""Control records: what names a model's folder, and what is refused."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.control import MAX_LINE_BYTES, MAX_PATH, model_path
from domain.events.event import Rejected

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.engine.worker_match import load_everything

    load_everything()  # as an operator does when it opens


def test_a_control_record_names_a_folder() -> None:
    assert model_path(b' {"path": "models/new", "control": "model"}\r') == "models/new"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "line: not a JSON object"),
        (b"\xff", "line: not a JSON object"),
        (b"[" * 4000, "line: not a JSON object"),
        (b"{" + b" " * MAX_LINE_BYTES, "line: 4,097 bytes are too long"),
        (b"[]", "control: unknown control record"),
        (b'{"control": "stop"}', "control: unknown control record"),
        (b'{"path": "models/new"}', "control: unknown control record"),
        (b'{"control": "model", "path": "a", "now": true}', "control: unknown field 'now'"),
        (b'{"control": "model"}', "path: the folder"),
        (b'{"control": "model", "path": 7}', "path: the folder"),
        (b'{"control": "model", "path": ""}', "path: the folder"),
        (b'{"control": "model", "path": "a\\u0000b"}', "path: the folder"),
        (json.dumps({"control": "model", "path": "x" * (MAX_PATH + 1)}).encode(), "path: the folder"),
    ],
)
def test_what_is_no_control_record(line: bytes, why: str) -> None:
    with pytest.raises(Rejected) as caught:
        model_path(line)
    assert str(caught.value).startswith(why)


@given(st.binary(max_size=200))
def test_no_line_breaks_the_reader_of_control_records(line: bytes) -> None:
    with pytest.raises(Rejected):
        model_path(line)
