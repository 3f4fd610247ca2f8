"""The address of each row, in one text or in parts, as the job takes it."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from domain.events.event import Rejected
from domain.events.field_texts import address_text
from domain.events.identity import ADDRESS_PARTS
from domain.events.identity.nobody import ADDRESSES_OF_NOBODY, OF_NOBODY
from gnn.table_import.mapping import TextColumn
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.spoilt_ids import check_errors
from gnn.table_import.values.columns import as_text, joined, json_field, json_object, quoted

_OF_NOBODY = pa.array(sorted(OF_NOBODY | ADDRESSES_OF_NOBODY))


def address(batch: RowBatch, accounts: pa.StringArray) -> pa.StringArray:
    """Return the JSON of the address, a string or an object of parts.

    Null where it holds neither letter nor digit.
    """
    spec = batch.mapping.address
    if spec is None or isinstance(spec, TextColumn):
        text = batch.text(spec or TextColumn(), lines=True)
        batch.watch.identifiers.see("address", text, accounts)
        if spec is not None and pc.any(pc.starts_with(text, "{")).as_py():
            half = "begins like an address in parts (JSON), and is none; mend it, or list it under missing"
            batch.faults.add("+".join(spec.columns), half, pa.array([_is_half_an_object(t) for t in text.to_pylist()], pa.bool_()))
        return quoted(_with_word(text))
    parts = {part: as_text(batch.column(spec[part])) for part in ADDRESS_PARTS if part in spec}
    for name in spec.values():
        check_errors(name, batch.column(name), batch.faults)
    whole = joined(list(parts.values()), " ")
    batch.watch.identifiers.see("address", _places(parts, whole), accounts)
    whole = _with_word(whole)
    carried = batch.short(whole, lines=True)  # the contract bounds the parts' sum
    pieces = json_object([json_field(part, quoted(text)) for part, text in parts.items()])
    return pc.if_else(pc.equal(whole, carried), pieces, quoted(carried))


def _places(parts: Mapping[str, pa.StringArray], whole: pa.StringArray) -> pa.StringArray:
    """Return the addresses, the street alone where it is nobody's, null where the rest is a whole town."""
    street = parts.get("line1", pa.nulls(len(whole), pa.string()))
    nobody = pc.fill_null(pc.is_in(pc.ascii_lower(street), _OF_NOBODY), False)
    is_town = pc.is_null(street)
    if "postal_code" in parts:
        is_town = pc.and_(is_town, pc.is_null(parts["postal_code"]))
    return pc.if_else(nobody, street, pc.if_else(is_town, None, whole))


def _is_half_an_object(text: str | None) -> bool:
    """Return whether the job would reject an address for its form."""
    try:
        address_text(text if text and text[0] == "{" else "")
    except Rejected:
        return True
    return False


def _with_word(text: pa.StringArray) -> pa.StringArray:
    """Return the texts with a letter or digit, as Python knows them: Arrow's Unicode is another one."""
    sure = pc.match_substring_regex(text, "[A-Za-z0-9]")
    if pc.all(sure).as_py():
        return text
    pairs = zip(text.to_pylist(), sure.to_pylist(), strict=True)
    return pa.array([value if is_sure or (value and any(map(str.isalnum, value))) else None for value, is_sure in pairs], pa.string())
