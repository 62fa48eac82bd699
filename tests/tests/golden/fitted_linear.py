"""Linear and kernel models that are fitted to all rows, as `tests/tests/golden/fitted_linear.json`.

    pip install scikit-learn==1.9.1
    python tests/tests/golden/fitted_linear.py > tests/tests/golden/fitted_linear.json

Layers are named as files name them. The probabilities of `SupportVectors` are put together here: decision values of
scikit-learn's `SVC` on five folds (row i of a class is in fold i mod 5), its `_sigmoid_calibration` of each pair of classes,
and the coupling of pairs as the least of Wu, Lin and Weng, 2004, formula 16, by its linear equations.
"""

import itertools
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.calibration import _sigmoid_calibration
from sklearn.datasets import load_iris
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.svm import SVC, SVR

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)


def rounded(values):
    return np.round(values, 6)


iris = load_iris()
some = np.arange(0, 150, 2)
x = rounded(rng.normal(size=(40, 5)) * [1.0, 10.0, 0.1, 1.0, 3.0] + [0.0, 50.0, 0.0, -2.0, 1.0])
y = rounded(x @ [1.5, -0.2, 4.0, 0.0, 0.0] + 3.0 + 0.3 * rng.normal(size=40))
twin = np.column_stack([x[:, :3], x[:, 0], x[:, 0] + x[:, 1]])
t = np.linspace(-3, 3, 36)
DATA = {
    "x": x,
    "y": y,
    "y2": np.column_stack([y, rounded(x[:, 3] ** 2 + 0.1 * x[:, 1])]),
    "weights": rounded(rng.uniform(0.1, 3.0, size=40)),
    "twin": twin,
    "wide": rounded(rng.normal(size=(8, 12))),
    "wide_y": rounded(rng.normal(size=8)),
    "flowers": iris.data[some],
    "species": iris.target[some],
    "is_long": (iris.data[some, 2] + rounded(0.8 * rng.normal(size=75)) > 4.3).astype(int),
    "flower_weights": rounded(rng.uniform(0.1, 3.0, size=75)),
    "t": rounded(np.column_stack([t, np.cos(5 * t)])),
    "wave": rounded(np.sin(2 * t) + 0.1 * rng.normal(size=36) + 5.0),
    "waves": rounded(np.column_stack([np.sin(2 * t) + 5, 100 * np.cos(t) + 10 * rng.normal(size=36)])),
}
DATA["holed_species"] = np.where(DATA["species"] == 1, 3, DATA["species"])
CASES = []


def case(name, settings, x, y, kind, predicted, state=None, weights=None, classes=0, tolerance=1e-8, **more):
    CASES.append({
        "id": f"{name} {json.dumps(settings)} of {x} to {y}" + (f" by {weights}" if weights else ""),
        "layer": {"component": name, "settings": settings},
        "x": x,
        "y": y,
        "kind": kind,
        "classes": classes,
        "weights": weights,
        "tolerance": tolerance,
        "expected": {"predicted": np.asarray(predicted).tolist()}
        | {key: np.atleast_1d(value).tolist() for key, value in (state or {}).items()},
    } | more)


def linear(name, settings, model, x, y, weights=None, tolerance=1e-8):
    given = {} if weights is None else {"sample_weight": DATA[weights]}
    model.fit(DATA[x], DATA[y], **given)
    # A layer of several outputs that are not learned together has a state for each.
    state = {"weight": np.atleast_2d(model.coef_), "bias": np.atleast_1d(model.intercept_)}
    if DATA[y].ndim == 2 and name in ("Lasso", "ElasticNet"):
        state = {
            f"{at}.{key}": values for at in range(DATA[y].shape[1])
            for key, values in (("weight", state["weight"][at : at + 1]), ("bias", state["bias"][at : at + 1]))
        }
    case(name, settings, x, y, "numbers", model.predict(DATA[x]), state, weights, tolerance=tolerance)


for y_name, weights in itertools.product(("y", "y2"), (None, "weights")):
    linear("LinearRegression", {}, LinearRegression(), "x", y_name, weights)
    linear("Ridge", {"penalty": 2.5}, Ridge(2.5), "x", y_name, weights)
    tight = dict(tol=1e-14, max_iter=100_000)
    settings = {"rounds": 100_000, "tolerance": 1e-14}
    linear("Lasso", {"penalty": 0.05} | settings, Lasso(0.05, **tight), "x", y_name, weights)
    linear("ElasticNet", {"penalty": 0.05, "ratio": 0.3} | settings, ElasticNet(0.05, l1_ratio=0.3, **tight), "x", y_name,
           weights)
linear("LinearRegression", {"no_bias": True}, LinearRegression(fit_intercept=False), "x", "y", "weights")
linear("LinearRegression", {}, LinearRegression(), "twin", "y")
linear("LinearRegression", {}, LinearRegression(), "wide", "wide_y")
linear("Lasso", {"penalty": 0.1, "positive": True} | settings, Lasso(0.1, positive=True, **tight), "x", "y")
linear("Lasso", {"penalty": 0.1, "no_bias": True} | settings, Lasso(0.1, fit_intercept=False, **tight), "x", "y")
linear("Lasso", {"penalty": 0.1} | settings, Lasso(0.1, **tight), "wide", "wide_y")
linear("ElasticNet", {"penalty": 0.1} | settings, ElasticNet(0.1, **tight), "wide", "wide_y")
linear("ElasticNet", {"penalty": 0.1, "positive": True} | settings, ElasticNet(0.1, positive=True, **tight), "wide", "wide_y")


def logistic(settings, x, y, kind, classes, weights=None, **given):
    penalty = settings["penalty"]
    model = LogisticRegression(C=1 / penalty if penalty else np.inf, solver="newton-cholesky", tol=1e-13, max_iter=10_000, **given)
    model.fit(DATA[x], DATA[y], sample_weight=None if weights is None else DATA[weights])
    predicted = np.zeros((len(DATA[x]), classes))
    predicted[:, model.classes_] = model.predict_proba(DATA[x])
    if kind == "bools":
        predicted = predicted[:, 1]
    case("LogisticRegression", settings, x, y, kind, predicted, {"weight": model.coef_, "bias": model.intercept_}, weights,
         classes, tolerance=1e-6)


for weights in (None, "flower_weights"):
    logistic({"penalty": 1.0}, "flowers", "species", "classes", 3, weights)
    logistic({"penalty": 0.2}, "flowers", "is_long", "bools", 2, weights)
    logistic({"penalty": 0.2, "balanced": True}, "flowers", "is_long", "bools", 2, weights, class_weight="balanced")
    logistic({"penalty": 0.1, "balanced": True}, "flowers", "species", "classes", 3, weights, class_weight="balanced")
logistic({"penalty": 0.0}, "flowers", "is_long", "bools", 2)
logistic({"penalty": 0.5}, "flowers", "is_long", "classes", 2)
logistic({"penalty": 0.5, "no_bias": True}, "flowers", "species", "classes", 3, fit_intercept=False)
logistic({"penalty": 0.5}, "flowers", "holed_species", "classes", 5)

KERNELS = {"Rbf": "rbf", "Linear": "linear", "Polynomial": "poly"}


def kernel_of(settings):
    given = {"kernel": KERNELS[settings.get("kernel", {"choice": "Rbf"})["choice"]], "tol": 1e-9, "cache_size": 500}
    for ours, theirs in (("cost", "C"), ("gamma", "gamma"), ("degree", "degree"), ("offset", "coef0"), ("epsilon", "epsilon")):
        if ours in settings:
            given[theirs] = settings[ours]
    return given


def scale(x):
    return 1.0 / (x.shape[1] * x.var())


def pair_probabilities(settings, x, y, first, second, weights, gamma):
    """The sigmoid of the first of two classes over decision values of five folds, which are above 0 for it."""
    rows = np.flatnonzero((y == first) | (y == second))
    folds = np.zeros(len(rows), int)
    for label in (first, second):
        of_label = np.flatnonzero(y[rows] == label)
        folds[of_label] = np.arange(len(of_label)) % 5
    decision = np.zeros(len(rows))
    for fold in range(5):
        train, test = rows[folds != fold], rows[folds == fold]
        model = SVC(**kernel_of(settings) | {"gamma": gamma})
        model.fit(x[train], np.where(y[train] == first, 1, -1), sample_weight=weights[train])
        decision[folds == fold] = model.decision_function(x[test])
    return _sigmoid_calibration(decision, np.where(y[rows] == first, 1, -1), weights[rows])


def coupled(r):
    size = len(r)
    q = -r * r.T
    for t in range(size):
        q[t, t] = sum(r[j, t] ** 2 for j in range(size) if j != t)
    system = np.block([[q, np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
    return np.linalg.solve(system, np.r_[np.zeros(size), 1.0])[:size]


def support_classes(settings, x, y, kind, classes, weights=None):
    data, target = DATA[x], DATA[y]
    w = np.ones(len(data)) if weights is None else DATA[weights]
    gamma = settings.get("gamma", scale(data))
    labels = np.unique(target)
    pairs = list(itertools.combinations(range(len(labels)), 2))
    model = SVC(**kernel_of(settings) | {"gamma": gamma}, decision_function_shape="ovo")
    model.fit(data, target, sample_weight=w)
    decision = model.decision_function(data).reshape(len(data), -1)
    if len(labels) == 2:
        # scikit-learn turns it over where there are two.
        decision = -decision
    predicted = np.zeros((len(data), classes))
    curves = [pair_probabilities(settings, data, target, labels[i], labels[j], w, gamma) for i, j in pairs]
    for row in range(len(data)):
        r = np.zeros((len(labels), len(labels)))
        for (i, j), (a, b), value in zip(pairs, curves, decision[row]):
            r[i, j] = np.clip(1 / (1 + np.exp(a * value + b)), 1e-7, 1 - 1e-7)
            r[j, i] = 1 - r[i, j]
        predicted[row, labels] = coupled(r)
    if kind == "bools":
        predicted = predicted[:, 1]
    case("SupportVectors", settings, x, y, kind, predicted, None, weights, classes, tolerance=1e-4,
         decision=decision.tolist())


def support_numbers(settings, x, y, weights=None):
    data, target = DATA[x], DATA[y]
    predicted = []
    for column in target.reshape(len(target), -1).T:
        model = SVR(**kernel_of(settings)).fit(data, column, sample_weight=None if weights is None else DATA[weights])
        predicted.append(model.predict(data))
    predicted = np.array(predicted).T.reshape(target.shape)
    case("SupportVectors", settings, x, y, "numbers", predicted, None, weights, tolerance=1e-5)


TIGHT = {"tolerance": 1e-9}
for weights in (None, "flower_weights"):
    support_classes({"cost": 1.0} | TIGHT, "flowers", "species", "classes", 3, weights)
    support_classes({"cost": 0.7, "kernel": {"choice": "Linear"}} | TIGHT, "flowers", "is_long", "bools", 2, weights)
support_classes({"cost": 2.0, "kernel": {"choice": "Polynomial"}, "degree": 2, "offset": 1.0, "gamma": 0.1} | TIGHT,
                "flowers", "holed_species", "classes", 5)
support_classes({"cost": 1.0, "gamma": 0.5} | TIGHT, "flowers", "is_long", "bools", 2)
for weights in (None, "weights"):
    support_numbers({"cost": 1.0} | TIGHT, "x", "y", weights)
support_numbers({"cost": 3.0, "epsilon": 0.05} | TIGHT, "t", "waves")
support_numbers({"cost": 0.1, "kernel": {"choice": "Linear"}, "epsilon": 0.5} | TIGHT, "t", "wave")
support_numbers({"cost": 1.0, "kernel": {"choice": "Polynomial"}, "gamma": 0.2, "offset": 1.0} | TIGHT, "t", "wave")


def process(x, y, tolerance=1e-4):
    kernel = ConstantKernel(1.0, (1e-6, 1e8)) * RBF(1.0, (1e-4, 1e5)) + WhiteKernel(0.1, (1e-12, 1e4))
    model = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=20, random_state=0, alpha=0)
    model.fit(DATA[x], DATA[y])
    print(x, y, model.kernel_, model.log_marginal_likelihood_value_, file=sys.stderr)
    constant, length = model.kernel_.k1.k1.constant_value, model.kernel_.k1.k2.length_scale
    found = {"amplitude": constant, "length": length, "noise": model.kernel_.k2.noise_level}
    case("GaussianProcess", {}, x, y, "numbers", model.predict(DATA[x]), found, tolerance=tolerance)


process("t", "wave")
process("t", "waves")
process("x", "y", tolerance=1e-3)

print(json.dumps({
    "file": "fitted_linear",
    "note": "what models predict of the rows that they were fitted to, and what they learned",
    "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "data": {name: values.tolist() for name, values in DATA.items()},
    "cases": CASES,
}))
