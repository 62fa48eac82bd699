"""scikit-learn's linear and kernel models on rows x 20 f64, one thread: for each model and number of rows that it reads,
seconds to fit and to predict."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time
import warnings

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.svm import SVC, SVR

warnings.filterwarnings("ignore")

WIDTH = 20


def numbers(count):
    """The numbers of the Rust side: a SplitMix64 stream as a sum of three uniform numbers, less 1.5."""
    with np.errstate(over="ignore"):
        z = np.arange(1, 3 * count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(11)).astype(np.float64) / 2.0**53
    return unit.reshape(-1, 3).sum(axis=1) - 1.5


def data(rows):
    all = numbers(rows * (WIDTH + 1)).reshape(rows, WIDTH + 1)
    x, noise = np.ascontiguousarray(all[:, :WIDTH]), all[:, WIDTH]
    y = x[:, 0] + 2 * x[:, 1] - x[:, 2] * x[:, 3] + noise
    return x, y, np.digitize(y, [-0.7, 0.7])


KERNEL = ConstantKernel(1.0, (1e-6, 1e8)) * RBF(1.0, (1e-4, 1e5)) + WhiteKernel(0.1, (1e-12, 1e4))
MODELS = {
    "linear_regression": (LinearRegression(), False),
    "ridge": (Ridge(1.0), False),
    "lasso": (Lasso(0.01), False),
    "elastic_net": (ElasticNet(0.01), False),
    "logistic_regression": (LogisticRegression(tol=1e-8, max_iter=1000), True),
    "support_numbers": (SVR(), False),
    "support_classes": (CalibratedClassifierCV(SVC(), method="sigmoid", cv=5, ensemble=False), True),
    "gaussian_process": (GaussianProcessRegressor(KERNEL, normalize_y=True, n_restarts_optimizer=5), False),
}

for line in sys.stdin:
    name, rows = line.split()
    model, is_classes = MODELS[name]
    x, y, classes = data(int(rows))
    start = time.perf_counter()
    model.fit(x, classes if is_classes else y)
    fitted = time.perf_counter() - start
    start = time.perf_counter()
    model.predict_proba(x) if is_classes else model.predict(x)
    print(f"{fitted:.6f} {time.perf_counter() - start:.6f}", flush=True)
