"""Offsets and formats from a numpy dtype, so that each packed layout is written down once."""

from __future__ import annotations

import math
import struct

import numpy as np

_CODES = {"u1": "B", "i1": "b", "u2": "H", "u4": "I", "u8": "Q", "i8": "q", "f4": "f", "f8": "d"}


def offset_of(layout: np.dtype, field: str) -> int:
    """Return where a field of a structured dtype begins, in bytes."""
    assert layout.fields is not None
    return int(layout.fields[field][1])


def struct_of(layout: np.dtype) -> struct.Struct:
    """Return the packer of a packed, little-endian dtype.

    It takes the fields in order, each item of an array field as a value of its own.
    """
    formats = []
    for name in layout.names or ():
        item, shape = layout[name].subdtype or (layout[name], ())
        formats.append(f"{math.prod(shape) if shape else ''}{_CODES[item.str[1:]]}")
    packer = struct.Struct("<" + "".join(formats))
    assert packer.size == layout.itemsize, "the dtype has gaps"
    return packer
