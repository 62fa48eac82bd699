"""scikit-learn's models on rows of 20 f64, one thread: for each name and number of rows that it reads, seconds to fit and to
give what the model gives."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time
import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

warnings.filterwarnings("ignore")

WIDTH, CLASSES = 20, 4


def values(rows):
    """The numbers of the Rust side: a SplitMix64 stream as a sum of three uniform numbers, less 1, moved by class."""
    with np.errstate(over="ignore"):
        z = np.arange(1, 3 * rows * WIDTH + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(11)).astype(np.float64) / 2.0**53
    x = unit.reshape(-1, 3).sum(axis=1).reshape(rows, WIDTH) - 1.0
    x[:, :5] += 0.5 * (np.arange(rows) % CLASSES)[:, None]
    return x


def models():
    mixture = dict(n_components=4, max_iter=5, tol=0.0, random_state=0)
    return {
        "nearest": (KNeighborsClassifier(5), "predict_proba", 1000),
        "bayes": (GaussianNB(), "predict_proba", None),
        "pca": (PCA(8), "transform", None),
        "k_means": (KMeans(8, n_init=1, max_iter=20, tol=0.0, random_state=0), "transform", None),
        "mixture_full": (GaussianMixture(**mixture), "predict_proba", None),
        "mixture_diagonal": (GaussianMixture(covariance_type="diag", **mixture), "predict_proba", None),
    }


def main():
    known = {}
    for line in sys.stdin:
        name, rows = line.split()
        rows = int(rows)
        if rows not in known:
            known[rows] = values(rows)
        x, y = known[rows], np.arange(rows) % CLASSES
        model, gives, asked = models()[name]
        start = time.perf_counter()
        model.fit(x, y)
        fitted = time.perf_counter() - start
        start = time.perf_counter()
        getattr(model, gives)(x[:asked])
        print(f"{fitted:.6f} {time.perf_counter() - start:.6f}", flush=True)


main()
