"""Writes curves.json: confusion matrices, curves and values by class of scikit-learn 1.9.1.

    pip install scikit-learn==1.9.1
    python tests/tests/golden/curves.py > tests/tests/golden/curves.json
"""

import json
import math

import numpy as np
from scipy.special import expit, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve, precision_recall_fscore_support, roc_curve

rng = np.random.default_rng(5)
cases = []


def plain(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    value = float(value)
    return value if math.isfinite(value) else str(value)


def case(what, component, settings, classes, target, prediction, expected, weights=None):
    """A metric of ours by its name and settings in files, over rows of a target with so many classes."""
    cases.append({
        "id": f"{component} of {what}",
        "metric": {"component": component, "settings": settings},
        "classes": classes,
        "target": [int(label) for label in target],
        "prediction": plain(prediction),
        "weights": None if weights is None else plain(weights),
        "expected": plain(expected),
    })


def curves(what, settings, classes, target, prediction, positive, scores, weights=None):
    y = (np.asarray(target) == positive).astype(int)
    roc = roc_curve(y, scores, drop_intermediate=False, sample_weight=weights)
    case(what, "Roc", settings, classes, target, prediction, roc, weights)
    case(what, "PrecisionRecall", settings, classes, target, prediction, precision_recall_curve(y, scores, sample_weight=weights), weights)


def calibration(what, settings, classes, target, prediction, positive, probabilities):
    y = (np.asarray(target) == positive).astype(int)
    bins = settings.get("bins", 5)
    observed, predicted = calibration_curve(y, probabilities, n_bins=bins, strategy="uniform")
    places = np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], probabilities)
    counts = np.bincount(places, minlength=bins)
    case(what, "Calibration", settings, classes, target, prediction, [predicted, observed, counts[counts > 0]])


binary = rng.integers(0, 2, 40)
scores = np.round(binary * 0.4 + rng.normal(0.3, 0.5, 40), 1)
weights = np.round(rng.uniform(0.0, 3.0, 40), 2)
curves("one score with ties", {}, 2, binary, scores, 1, scores)
curves("weighted rows", {}, 2, binary, scores, 1, scores, weights)
curves("rows that are parted", {}, 2, [0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9], 1, [0.1, 0.2, 0.7, 0.9])
curves("equal scores", {}, 2, [0, 1, 1], [0.5, 0.5, 0.5], 1, [0.5, 0.5, 0.5])
both = softmax(rng.normal(0.0, 1.0, (40, 2)), axis=1)
curves("two probabilities", {}, 2, binary, both, 1, both[:, 1])
curves("class 0 of two", {"class": 0}, 2, binary, both, 0, both[:, 0])
three = rng.integers(0, 3, 60)
logits = np.eye(3)[three] + rng.normal(0.0, 1.5, (60, 3))
shares = softmax(logits, axis=1)
for positive in range(3):
    curves(f"class {positive} of three", {"class": positive}, 3, three, shares, positive, shares[:, positive])
curves("logits of three", {"class": 2}, 3, three, logits, 2, shares[:, 2])

chances = expit(scores)
calibration("one probability", {}, 2, binary, chances, 1, chances)
calibration("ten bins", {"bins": 10}, 2, binary, chances, 1, chances)
edges = [0.0, 0.2, 0.2, 0.4, 0.6, 0.6, 0.8, 1.0, 0.3, 0.7]
calibration("probabilities on edges", {}, 2, [0, 0, 1, 0, 1, 1, 1, 1, 0, 1], edges, 1, edges)
thirds = [1 / 3, 2 / 3, 0.0, 1.0, 0.5]
calibration("three bins", {"bins": 3}, 2, [0, 1, 0, 1, 1], thirds, 1, thirds)
calibration("two probabilities", {"bins": 4}, 2, binary, both, 1, both[:, 1])
calibration("class 0 of three", {"bins": 7, "class": 0}, 3, three, shares, 0, shares[:, 0])
calibration("logits of three", {"class": 1, "from_logits": True}, 3, three, logits, 1, shares[:, 1])
calibration("one logit", {"from_logits": True}, 2, binary, scores, 1, chances)

predicted = shares.argmax(axis=1)
heavy = np.round(rng.uniform(0.5, 2.0, 60), 2)
for what, classes, target, prediction, found, rows in [
    ("three classes", 3, three, shares, predicted, None),
    ("weighted rows", 3, three, shares, predicted, heavy),
    ("numbers of classes", 3, three, predicted, predicted, None),
    ("a class that does not occur", 5, three, predicted, predicted, None),
    ("a class that is never predicted", 3, [0, 1, 2, 2], [0, 1, 1, 0], np.array([0, 1, 1, 0]), None),
]:
    labels = list(range(classes))
    matrix = confusion_matrix(target, found, labels=labels, sample_weight=rows)
    case(what, "Confusion", {}, classes, target, prediction, matrix, rows)
    for zero_division in [0.0, 1.0]:
        values = precision_recall_fscore_support(
            target, found, labels=labels, sample_weight=rows, zero_division=zero_division
        )
        settings = {"zero_division": zero_division}
        case(f"{what}, {zero_division} of nothing", "PerClass", settings, classes, target, prediction, values, rows)

print(json.dumps({"file": "curves", "note": "scikit-learn 1.9.1", "cases": cases}, indent=None))
