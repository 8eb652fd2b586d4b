"""Short digests of data: equal data has equal digests, and the time it takes is bounded.

They are eight hex digits, as MLflow's are, but not the same ones: how MLflow computes its own is not documented.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import pandas

ROWS_LIMIT = 1_000_000
"""Of longer data, so many rows at even distances are read; its length is always part of the digest."""


def digest_of_table(table: pandas.DataFrame) -> str:
    """Return the digest of names, types, index and cells of a table."""
    import pandas

    digest = hashlib.sha256(repr((table.shape, list(table.columns), [str(dtype) for dtype in table.dtypes])).encode())
    rows = table.iloc[:: _distance(len(table))]
    digest.update(_hashes(pandas.util.hash_pandas_object, rows.index).tobytes())
    for position in range(rows.shape[1]):
        digest.update(_hashes(pandas.util.hash_pandas_object, rows.iloc[:, position]).tobytes())
    return digest.hexdigest()[:8]


def _hashes(hash_rows: Any, cells: Any) -> numpy.ndarray:
    import pandas

    try:
        hashes: numpy.ndarray = hash_rows(cells, index=False).to_numpy()
    except TypeError:  # cells that cannot be hashed, such as lists
        hashes = hash_rows(pandas.Series([repr(cell) for cell in cells]), index=False).to_numpy()
    return hashes


def digest_of_arrays(*parts: numpy.ndarray | dict[str, numpy.ndarray] | None) -> str:
    """Return the digest of names, types, shapes and elements of arrays."""
    digest = hashlib.sha256()
    for part in parts:
        named = part if isinstance(part, dict) else {"": part}
        for name, array in named.items():
            digest.update(b"\0" + name.encode())
            if array is not None:
                digest.update(f"{array.dtype}{array.shape}".encode())
                digest.update(_content(array))
    return digest.hexdigest()[:8]


def _content(array: numpy.ndarray) -> bytes:
    if array.ndim:
        array = array[:: _distance(len(array))]
    return repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes()


def _distance(rows: int) -> int:
    return max(1, -(-rows // ROWS_LIMIT))
