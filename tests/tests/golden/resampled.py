"""Writes resampled.json, which ../resampled.rs reads.

python resampled.py, with pandas 3.1 and numpy.

Each recording is cut where rows are further apart than the limit, and pandas resamples each part: the mean by
`resample(..).mean()`, the last value by `merge_asof` with the limit as tolerance, which is `resample(..).ffill()` where no gap
is longer than it, and lines by `resample(..).interpolate("time")`, which is asked wherever times differ, and of numpy where
some are equal.
"""
import json

import numpy as np
import pandas as pd

rng = np.random.default_rng(18)
cases = []


def near(a, b):
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-9, atol=1e-9)


def lines(known, grid, limit):
    times, values = known.index.asi8, known.to_numpy()
    out = []
    for step in grid.asi8:
        before = np.searchsorted(times, step, "right") - 1
        if before >= 0 and times[before] == step:
            out.append(values[before])
        elif before < 0 or before + 1 == len(times) or times[before + 1] - times[before] > limit:
            out.append(np.nan)
        else:
            ends = [times[before] - times[before], times[before + 1] - times[before]]
            out.append(np.interp(step - times[before], ends, [values[before], values[before + 1]]))
    return np.array(out)


def run(part, every, origin, limit):
    """Steps of rows none of which are further apart than the limit."""
    resampled = part.resample(pd.Timedelta(every), origin=origin)
    mean = resampled.mean()
    grid, known = mean.index, part.dropna()
    tolerance = pd.Timedelta(limit)
    if len(known):
        last = pd.merge_asof(
            pd.DataFrame({"at": grid}), pd.DataFrame({"at": known.index, "x": known.to_numpy()}), on="at", tolerance=tolerance
        ).x.to_numpy()
    else:
        last = np.full(len(grid), np.nan)
    linear = lines(known, grid, limit)
    if part.index.is_unique:
        if len(known) == len(part):
            near(last, resampled.ffill().to_numpy())
        by_pandas = resampled.interpolate("time", limit_area="inside").to_numpy()
        agreed = ~np.isnan(linear)
        # pandas counts nanoseconds since 1970 in floats, which do not tell those of one step apart where it is short.
        if every > 1000:
            np.testing.assert_allclose(linear[agreed], by_pandas[agreed], rtol=1e-5, atol=1e-5)
    return pd.DataFrame({"at": grid.tz_convert("UTC") if grid.tz else grid, "last": last, "linear": linear, "mean": mean.to_numpy()})


def case(name, kind, cells, nanos, x, every, limit, origin="start_day", zone="", scale=1):
    """Times, step and limit in nanoseconds here; `scale` of them are one of the column's units."""
    index = pd.DatetimeIndex(pd.to_datetime(pd.Series(nanos, dtype="int64"), unit="ns"))
    if zone:
        index = index.tz_localize("UTC").tz_convert(zone)
    frame = pd.Series(x, index=index, dtype=float)
    parts, cells_array = [], np.array(cells)
    for cell in dict.fromkeys(cells):
        rows = frame[cells_array == cell]
        first = rows.index[0]
        begins = {"start_day": first.normalize(), "epoch": pd.Timestamp(0, tz=zone or None), "start": first}[origin]
        number = np.concatenate([[0], np.cumsum(np.diff(rows.index.asi8) > limit)])
        for which in range(number[-1] + 1):
            # The default of pandas where it is asked for, and what it is of behind a gap.
            of = begins if which or origin != "start_day" else "start_day"
            part = run(rows[number == which], every, of, limit)
            parts.append(part.assign(cell=cell))
    rows = pd.concat(parts)
    number = lambda value: value / scale if kind == "f64" else value // scale
    text = lambda values: ["nan" if np.isnan(value) else value for value in values]
    cases.append({
        "id": name, "dtype": kind, "zone": zone, "origin": origin,
        "every": number(every), "limit": number(limit),
        "cell": cells, "time": [number(int(n)) for n in nanos], "x": text(x),
        "expected": {
            "cell": rows.cell.tolist(), "time": [number(int(at.value)) for at in rows["at"]],
            "last": text(rows["last"]), "linear": text(rows["linear"]), "mean": text(rows["mean"]),
        },
    })


second, minute, hour, day = 10**9, 60 * 10**9, 3600 * 10**9, 86400 * 10**9
at = lambda text: pd.Timestamp(text).value
walk = lambda n: np.round(np.cumsum(rng.normal(size=n)), 6)

even = at("2026-05-01 10:00:00") + np.arange(12) * 7 * second
case("regular_times", "Timestamp", [1] * 12, even, walk(12), 10 * second, minute)
jitter = at("2026-05-01 10:00:03.123456789") + np.cumsum(rng.integers(1, 40 * second, 60))
case("irregular_times", "Timestamp", [1] * 30 + [2] * 30, np.concatenate([jitter[:30], jitter[:30] + 5]), walk(60), 10 * second, 30 * second)
x = walk(60)
x[[0, 3, 4, 5, 17, 29, 30, 59]] = np.nan
case("missing_values", "Timestamp", [1] * 30 + [2] * 30, np.concatenate([jitter[:30], jitter[30:]]), x, 15 * second, 45 * second)
case("only_missing_values", "Timestamp", [1] * 4, even[:4], np.full(4, np.nan), 10 * second, minute)
case("a_single_row", "Timestamp", [1], [at("2026-05-01 10:00:03")], [1.5], 10 * second, minute)
case("a_single_row_at_a_step", "Timestamp", [1, 2], [at("2026-05-01 10:00:00")] * 2, [1.5, 2.5], 10 * second, minute)
equal = at("2026-05-01") + np.array([0, 0, 4, 10, 10, 10, 25, 25, 30]) * second
case("equal_times", "Timestamp", [1] * 9, equal, walk(9), 10 * second, 20 * second)
case("empty_bins", "Timestamp", [1] * 5, at("2026-05-01") + np.array([1, 2, 35, 36, 61]) * second, walk(5), 5 * second, 40 * second)
case("a_step_that_does_not_divide_the_day", "Timestamp", [1] * 40, at("2026-05-01 23:50") + np.cumsum(rng.integers(second, 5 * minute, 40)), walk(40), 7 * minute, 10 * minute)
case("from_the_epoch", "Timestamp", [1] * 40, at("2026-05-01 23:50") + np.cumsum(rng.integers(second, 5 * minute, 40)), walk(40), 7 * minute, 10 * minute, "epoch")
case("from_the_first_row", "Timestamp", [1] * 40, at("2026-05-01 23:50:01.5") + np.cumsum(rng.integers(second, 5 * minute, 40)), walk(40), 7 * minute, 10 * minute, "start")
case("before_1970", "Timestamp", [1] * 40, at("1969-12-31 23:40:00.000000001") + np.cumsum(rng.integers(second, minute, 40)), walk(40), 45 * second, 2 * minute)
spring = at("2026-03-28 20:13") + np.cumsum(rng.integers(minute, 50 * minute, 40))
case("clocks_put_forward", "Timestamp", [1] * 40, spring, walk(40), hour, 2 * hour, zone="Europe/Berlin")
case("clocks_put_forward_by_five_hours", "Timestamp", [1] * 40, spring, walk(40), 5 * hour, 6 * hour, zone="Europe/Berlin")
autumn = at("2026-10-24 20:13") + np.cumsum(rng.integers(minute, 50 * minute, 40))
case("clocks_put_back", "Timestamp", [1] * 40, autumn, walk(40), 30 * minute, 2 * hour, zone="Europe/Berlin")
case("a_zone_of_odd_minutes", "Timestamp", [1] * 40, autumn, walk(40), hour, 2 * hour, zone="Asia/Kathmandu")
dates = (at("2026-01-05") // day + np.array([0, 1, 5, 6, 13, 30, 31, 44])) * day
case("days_in_weeks", "Date", [1] * 8, dates, walk(8), 7 * day, 14 * day, "start_day", scale=day)
case("spans_from_the_first", "TimeDelta", [1] * 12, 3 * second + 7 + np.arange(12) * 4 * second, walk(12), 10 * second, minute, "start")
numbers = np.array([-25, -14, -3, 0, 2, 9, 30, 31, 32, 50, 51, 75])
case("whole_numbers_below_zero", "i64", [1] * 12, numbers * second, walk(12), 10 * second, 20 * second, "epoch", scale=second)
large = 2**60 + np.cumsum(rng.integers(1, 9, 20))
case("whole_numbers_that_no_float_holds", "i64", [1] * 20, large, walk(20), 3, 9, "epoch")
case("tenths", "f64", [1] * 30, np.arange(-10, 20) * second // 10, walk(30), second // 5, second, "epoch", scale=second)
case("floats", "f64", [1] * 30, np.cumsum(rng.integers(1, second, 30)), walk(30), second // 2, 2 * second, "epoch", scale=second)

with open("resampled.json", "w") as file:
    json.dump({"file": "resampled", "note": "see resampled.py", "versions": {"pandas": pd.__version__}, "cases": cases}, file, indent=1)
