"""Arrays of every type that a column can hold, as NumPy saves them.

    python numpy_arrays.py

writes numpy_arrays.npz and numpy_fortran.npy beside it; with numpy 2.4.6.
"""

from pathlib import Path

import numpy as np

folder = Path(__file__).parent
rows = np.arange(3)
np.savez(
    folder / "numpy_arrays.npz",
    grid=np.asfortranarray(rows[:, None, None] * 100 + np.arange(2)[:, None] * 10 + np.arange(4), dtype=np.float32),
    big=(rows * 1000 - 1).astype(">i8"),
    small=rows.astype(np.int8) - 1,
    count=rows.astype(np.uint64) + 2**63,
    half_open=np.array([0.5, np.nan, -np.inf]),
    is_warm=rows % 2 == 0,
    maker=np.array(["Ünit", "", "cell \U0001f50b"]),
    at=np.array(["2024-02-29T12:00:00.000001", "1969-12-31T23:59:59", "2200-01-01T00:00:00"], "M8[us]"),
    day=np.array(["2024-02-29", "1970-01-01", "1900-01-01"], "M8[D]"),
    spent=np.array([1, -2, 3], "m8[ms]"),
    state=np.array(["worn", "fresh", "worn"]),
)
np.save(folder / "numpy_fortran.npy", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
