"""scikit-learn's scalers on 1,000,000 x 16 f64, one thread: for each name that it reads, seconds to fit and transform.

What can work in place does, on a copy that is made before the clock starts."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time
import warnings

import numpy as np
from sklearn import preprocessing as p
from sklearn.impute import SimpleImputer

warnings.filterwarnings("ignore")

ROWS, WIDTH = 1_000_000, 16


def values():
    """The numbers of the Rust side: a SplitMix64 stream as a sum of three uniform numbers, less 1."""
    with np.errstate(over="ignore"):
        z = np.arange(1, 3 * ROWS * WIDTH + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(11)).astype(np.float64) / 2.0**53
    return unit.reshape(-1, 3).sum(axis=1).reshape(ROWS, WIDTH) - 1.0


def scalers():
    kbins = dict(n_bins=5, encode="ordinal")
    return {
        "standard": p.StandardScaler(copy=False),
        "min_max": p.MinMaxScaler(copy=False),
        "max_abs": p.MaxAbsScaler(copy=False),
        "robust": p.RobustScaler(copy=False),
        "normalizer": p.Normalizer(copy=False),
        "quantile_uniform": p.QuantileTransformer(copy=False),
        "quantile_normal": p.QuantileTransformer(output_distribution="normal", copy=False),
        "power_yeo_johnson": p.PowerTransformer(copy=False),
        "power_box_cox": p.PowerTransformer(method="box-cox", copy=False),
        "binarizer": p.Binarizer(copy=False),
        "k_bins_uniform": p.KBinsDiscretizer(strategy="uniform", **kbins),
        "k_bins_quantile": p.KBinsDiscretizer(strategy="quantile", quantile_method="averaged_inverted_cdf", **kbins),
        "k_bins_k_means": p.KBinsDiscretizer(strategy="kmeans", **kbins),
        "one_hot": p.OneHotEncoder(sparse_output=False),
        "ordinal": p.OrdinalEncoder(),
        "imputer_mean": SimpleImputer(copy=False),
        "imputer_median": SimpleImputer(strategy="median", copy=False),
    }


def main():
    data = values()
    positive = data + 2.0
    categories = np.floor(data * 4.0)
    holes = np.where(np.arange(data.size).reshape(data.shape) % 37 == 0, np.nan, data)
    special = {"power_box_cox": positive, "one_hot": categories, "ordinal": categories}
    special |= {"imputer_mean": holes, "imputer_median": holes}
    for line in sys.stdin:
        name = line.strip()
        scaler = scalers()[name]
        given = special.get(name, data)
        copy = given.copy()
        start = time.perf_counter()
        scaler.fit(copy)
        fitted = time.perf_counter() - start
        copy = given.copy()
        start = time.perf_counter()
        scaler.transform(copy)
        print(f"{fitted:.6f} {time.perf_counter() - start:.6f}", flush=True)


main()
