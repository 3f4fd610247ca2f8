"""Numbers inside packed bytes (u1[:], little-endian), read and written by compiled functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from domain.kernel.compiled import compiled

Bytes = NDArray[np.uint8]


@intrinsic
def _pointer(_: Any, address: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), code


@compiled
def bytes_at(address: int, size: int) -> Bytes:
    """Return the bytes at an address, u1[size]. The caller keeps them alive."""
    return carray(_pointer(address), size, np.uint8)


@compiled
def items_at(address: int, count: int, dtype: Any) -> Any:
    """Return `count` items of a dtype at an address. The caller keeps them alive."""
    return carray(_pointer(address), count, dtype)


@intrinsic
def _pointer_into(_: Any, data: Any, at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(builder.gep(array.data, [arguments[1]]), context.get_value_type(types.voidptr))

    return types.voidptr(data, at), code


@compiled
def array_at(data: Bytes, at: int, count: int, dtype: Any) -> Any:
    """Return `count` items of a dtype inside the bytes, to be read or written.

    It is `view` without the checks, which took a fifth of a step.
    """
    return carray(_pointer_into(data, at), count, dtype)


@compiled
def u64_at(data: Bytes, at: int) -> np.uint64:
    """Return the u8 at a place."""
    return array_at(data, at, 1, np.uint64)[0]


@compiled
def put_u64(data: Bytes, at: int, value: np.uint64) -> None:
    """Write a u8 at a place."""
    array_at(data, at, 1, np.uint64)[0] = value


@compiled
def f32_at(data: Bytes, at: int) -> float:
    """Return the f4 at a place."""
    return array_at(data, at, 1, np.float32)[0]


@compiled
def put_f32(data: Bytes, at: int, value: float) -> None:
    """Write an f4 at a place."""
    array_at(data, at, 1, np.float32)[0] = value


@compiled
def f64(value: Any) -> float:
    """Return a number in 64 bits; numba's `float` leaves 32 bits as they are."""
    wide: Any = np.float64(value)
    return wide


@compiled
def i64(value: Any) -> int:
    """Return a whole number in 64 bits, whatever its field has."""
    wide: Any = np.int64(value)
    return wide


@compiled
def copy_into(target: Bytes, at: int, source: Bytes) -> int:
    """Copy `source` to a place in `target`; return where the copy ends."""
    for index in range(len(source)):
        target[at + index] = source[index]
    return at + len(source)
