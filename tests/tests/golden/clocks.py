"""Writes clocks.json and epochs.parquet, which ../times/ reads.

python clocks.py, with pandas 3.1 and pyarrow 26.
"""
import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# Clocks that were put back, once a day and half an hour elsewhere, and one hour that nobody saw twice.
shown = {
    "Europe/Berlin": ["2026-10-25 01:59:59.5", "2026-10-25 02:00:00", "2026-10-25 02:59:59.999999999", "2026-10-25 03:00:00"],
    "America/New_York": ["2026-11-01 00:59:00", "2026-11-01 01:30:00", "2026-11-01 02:00:00"],
    "Australia/Lord_Howe": ["2026-04-05 01:29:00", "2026-04-05 01:45:00", "2026-04-05 02:00:00"],
}


def localized(times, zone, ambiguous):
    index = pd.to_datetime(times, format="ISO8601").as_unit("ns").tz_localize(zone, ambiguous=ambiguous)
    return [None if time is pd.NaT else time.value for time in index]


clocks = [
    {
        "zone": zone,
        "shown": times,
        # Summer time comes first.
        "earlier": localized(times, zone, np.ones(len(times), bool)),
        "later": localized(times, zone, np.zeros(len(times), bool)),
        "missing": localized(times, zone, "NaT"),
    }
    for zone, times in shown.items()
]

seconds = np.array([1769860800.123, -1.5, 0.1, 1769860800.9999999, 253.000000001, np.nan])
milli = np.array([1769860800123.456, 0.1, 1234.0000005, -1.0, 6e-7, 86400000.0])
spans = np.array([0.1, 1.5, -2.25, 1 / 3, 0.0, 1e-9])
nanos = lambda index: [None if time is pd.NaT else time.value for time in index.as_unit("ns")]
since = pd.DataFrame({
    "cell": ["A", "B", "A", None, "B", "A"],
    "at": pd.to_datetime(["2026-01-03 00:00:00.000000001", "2026-05-01", "2026-01-01 12:00", "2026-01-01", None, "2026-01-03"],
                         format="ISO8601").as_unit("ns"),
})
since["since"] = since["at"] - since.groupby("cell")["at"].transform("min")
exact = [decimal.Decimal(text) for text in ["1769860800.123", "-1.500", "0.100", "0.001", "253.000", "1769860800.000"]]
pq.write_table(
    pa.table({
        "value": np.arange(6, dtype=np.float32),
        "seconds": seconds,
        "milli": milli,
        "spans": spans,
        "narrow": spans.astype(np.float32),
        "exact": pa.array(exact, pa.decimal128(20, 3)),
    }),
    "epochs.parquet",
)
json.dump(
    {
        "clocks": clocks,
        "seconds": nanos(pd.to_datetime(seconds, unit="s")),
        "milli": nanos(pd.to_datetime(milli, unit="ms")),
        "spans": nanos(pd.to_timedelta(spans, unit="s")),
        "narrow": nanos(pd.to_timedelta(spans.astype(np.float32).astype(np.float64), unit="s")),
        "since": [
            {"cell": cell if isinstance(cell, str) else None, "at": None if at is pd.NaT else at.value, "since": None if span is pd.NaT else span.value}
            for cell, at, span in since.astype(object).itertuples(index=False)
        ],
        "exact": [int(second * 10**9) for second in exact],
    },
    open("clocks.json", "w"),
    indent=1,
)
