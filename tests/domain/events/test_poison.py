"""The lines with which `make faults` poisons a job: what is to be refused is, the others can be decided."""

from __future__ import annotations

import json

import pytest

from domain.events.event import Rejected
from tests.faults.histories import odd, rubbish
from tests.support.event_lines import ORDER, PARSER

EXAMPLE = json.dumps(ORDER).encode()


@pytest.mark.parametrize("line", rubbish(EXAMPLE), ids=lambda line: repr(line[-40:]))
def test_rubbish_is_refused(line: bytes) -> None:
    with pytest.raises(Rejected):
        PARSER.parse(line)


def test_what_is_odd_is_no_rubbish() -> None:
    accounts = {PARSER.parse(line).entities[0] for line in odd(EXAMPLE)}
    assert len(accounts) == len(odd(EXAMPLE)), "each is of somebody else"
