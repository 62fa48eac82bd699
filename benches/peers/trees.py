"""scikit-learn's trees, one thread: for each name and number of rows that it reads, seconds to fit and to predict 10,000 rows."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time

import numpy as np
from sklearn import ensemble as e
from sklearn import tree as t

WIDTH = 20


def data(rows, seed):
    """The numbers of the Rust side: a SplitMix64 stream, and a polynomial of five of a row with noise."""
    with np.errstate(over="ignore"):
        z = np.arange(1, rows * (WIDTH + 1) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z += np.uint64(seed) << np.uint64(40)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    x = ((z >> np.uint64(11)).astype(np.float64) / 2.0**53).reshape(rows, WIDTH + 1)
    y = 10.0 * x[:, 0] * x[:, 1] + 20.0 * (x[:, 2] - 0.5) ** 2 + 10.0 * x[:, 3] + 5.0 * x[:, 4] + 3.0 * x[:, WIDTH]
    return np.ascontiguousarray(x[:, :WIDTH]), y, (y > 13.0).astype(int)


MODELS = {
    "decision_tree": lambda: t.DecisionTreeRegressor(random_state=1),
    "decision_tree_classes": lambda: t.DecisionTreeClassifier(random_state=1),
    "random_forest": lambda: e.RandomForestRegressor(100, random_state=1),
    "random_forest_classes": lambda: e.RandomForestClassifier(100, random_state=1),
    "extra_trees": lambda: e.ExtraTreesRegressor(100, random_state=1),
    "extra_trees_classes": lambda: e.ExtraTreesClassifier(100, random_state=1),
    "gradient_boosting": lambda: e.HistGradientBoostingRegressor(max_iter=100, early_stopping=False),
    "gradient_boosting_classes": lambda: e.HistGradientBoostingClassifier(max_iter=100, early_stopping=False),
    "isolation_forest": lambda: e.IsolationForest(n_estimators=100, random_state=1),
}


def main():
    learned, predicted = {}, data(10_000, 2)[0]
    for question in sys.stdin:
        name, rows = question.split()
        x, y, classes = learned.setdefault(rows, data(int(rows), 1))
        model = MODELS[name]()
        start = time.perf_counter()
        model.fit(x, classes if name.endswith("_classes") else y)
        fit = time.perf_counter() - start
        start = time.perf_counter()
        if name.endswith("_classes"):
            model.predict_proba(predicted)
        elif name == "isolation_forest":
            model.score_samples(predicted)
        else:
            model.predict(predicted)
        print(fit, time.perf_counter() - start, flush=True)


main()
