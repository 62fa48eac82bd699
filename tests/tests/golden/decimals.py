"""Writes decimals.parquet and decimals.json, which ../decimals.rs reads.

python decimals.py, with pyarrow 26 and pandas 3.1.
"""
import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

exact = lambda *texts: [None if text is None else decimal.Decimal(text) for text in texts]
price = exact("0.10", "12.34", "-5.00", "9007199254740993.01", "9007199254740993.02", "0.01")
rate = exact("0.0001", "1.2345", "-0.5000", "0.3333", "99.9999", "0.0000")
long = exact("12345678901234.5678", "-0.0001", "1.0000", "2.0000", "3.5000", "0.0000")
bonus = exact("1.5", None, "2.5", "-3.5", "0.0", "4.5")
pq.write_table(
    pa.table({
        "price": pa.array(price, pa.decimal128(20, 2)),
        "rate": pa.array(rate, pa.decimal32(8, 4)),
        "long": pa.array(long, pa.decimal256(40, 4)),
        "bonus": pa.array(bonus, pa.decimal64(10, 1)),
        "count": pa.array([7, -7, 0, 1, 2, 3], pa.int32()),
        "float": pa.array([0.1, 12.34, -5.0, 1e-2, 123456.75, np.nan], pa.float64()),
    }),
    "decimals.parquet",
)
frame = pd.DataFrame({"price": price, "rate": rate})
json.dump(
    {
        "price": [str(value) for value in price],
        "rate": [str(value) for value in rate],
        "long": [str(value) for value in long],
        "bonus": [None if value is None else str(value) for value in bonus],
        "price_f64": [float(value) for value in price],
        "rate_f32": [float(np.float32(value)) for value in rate],
        # How Python orders them, which does not round.
        "order": [int(row) for row in frame["price"].argsort(kind="stable")],
        "mean": float(np.mean([float(value) for value in rate])),
        "deviation": float(np.std([float(value) for value in rate])),
    },
    open("decimals.json", "w"),
    indent=1,
)
