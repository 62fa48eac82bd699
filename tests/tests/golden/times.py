"""Writes times.parquet, times_int96.parquet and times.json, which ../times/ reads.

python times.py, with pandas 3.0 and pyarrow 22 or newer.
"""
import datetime
import decimal
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

stamps = pd.to_datetime([
    "1969-12-31 23:59:59.999999999", "2000-02-29 12:30:15.25", "2026-03-29 00:59:59", "2026-03-29 01:00:00",
    "2026-10-25 00:30:00", "2026-12-31 23:59:59.5",
], format="ISO8601").tz_localize("UTC").as_unit("ns")
days = [s.date() for s in stamps]
clocks = [datetime.time(h, m, s, us) for h, m, s, us in
          [(0, 0, 0, 0), (12, 30, 15, 250000), (23, 59, 59, 999999), (6, 0, 0, 1), (1, 1, 1, 1), (18, 45, 0, 0)]]
spans = [-1_500_000_000, 0, 1, 86_400_000_000_000, 90 * 60 * 1_000_000_000, 123_456_789]
seconds = [int(s.timestamp() // 1) for s in stamps]
columns = {
    "value": pa.array([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], pa.float32()),
    "second": pa.array(seconds, pa.timestamp("s")),
    "milli": pa.array([s * 1000 + 7 for s in seconds], pa.timestamp("ms", "UTC")),
    "micro": pa.array([s * 1_000_000 + 7 for s in seconds], pa.timestamp("us", "Europe/Berlin")),
    "nano": pa.array([s.value for s in stamps], pa.timestamp("ns")),
    "day": pa.array(days, pa.date32()),
    "day_ms": pa.array(days, pa.date64()),
    "clock": pa.array(clocks, pa.time64("us")),
    "clock_ms": pa.array([c.replace(microsecond=c.microsecond // 1000 * 1000) for c in clocks], pa.time32("ms")),
    "span": pa.array(spans, pa.duration("ns")),
    "price": pa.array([decimal.Decimal(x) for x in ["0.10", "12.34", "-5.00", "7.25", "99.99", "0.01"]], pa.decimal128(10, 2)),
    "missing": pa.array([None if i == 2 else s.value for i, s in enumerate(stamps)], pa.timestamp("ns")),
}
pq.write_table(pa.table(columns), "times.parquet", version="2.6")
pq.write_table(pa.table({"value": columns["value"], "nano": columns["nano"]}), "times_int96.parquet", use_deprecated_int96_timestamps=True)

berlin = stamps.tz_convert("Europe/Berlin")
parts = lambda s: {
    "hour": (s.hour + s.minute / 60 + (s.second + s.microsecond / 1e6 + s.nanosecond / 1e9) / 3600).tolist(),
    "day_of_week": s.day_of_week.tolist(),
    "day_of_year": s.day_of_year.tolist(),
    "month": s.month.tolist(),
    "days_in_year": [366 if y else 365 for y in s.is_leap_year],
}
json.dump({
    "nanos": [s.value for s in stamps],
    "seconds": seconds,
    "days": [(d - datetime.date(1970, 1, 1)).days for d in days],
    "clocks": [((c.hour * 60 + c.minute) * 60 + c.second) * 10**9 + c.microsecond * 1000 for c in clocks],
    "spans": spans,
    "utc": parts(stamps),
    "berlin": parts(berlin),
    "days_since_2020": [(s.value - pd.Timestamp("2020-01-01", tz="UTC").value) / 86400e9 for s in stamps],
}, open("times.json", "w"), indent=1)
