"""The templates of the desk, and the words that they know."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from ops.desk.markup import written
from ops.desk.static_files import address_of
from ops.desk.view import ages, amounts

FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Return what fills templates. Every value is escaped, and shortened where it is endless: what is in
    documents comes from outside.
    """
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        finalize=written,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = address_of
    made.filters |= {
        "ago": ages.ago,
        "due": ages.due,
        "utc": ages.utc,
        "iso": ages.iso,
        "sum": amounts.sum_in_words,
        "wait": ages.wait,
        "counted": amounts.counted_words,
        "whole": escape,
    }
    return made


def filled(template: str, **values: Any) -> str:
    """Return a template with these values."""
    return environment().get_template(template).render(values)
