"""Writes labels.json: metrics of yes and no, and of rows with several labels, of scikit-learn 1.9.1.

    pip install scikit-learn==1.9.1
    python tests/tests/golden/labels.py > tests/tests/golden/labels.json
"""

import json
import math

import numpy as np
from scipy.special import expit
from sklearn import metrics

rng = np.random.default_rng(11)
cases = []
AVERAGES = {"Macro": "macro", "Micro": "micro", "Weighted": "weighted", "Samples": "samples"}


def plain(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    value = float(value)
    return value if math.isfinite(value) else str(value)


def case(what, component, settings, target, prediction, expected, weights=None):
    """A metric of ours by its name and settings in files."""
    cases.append({
        "id": f"{component} {settings} of {what}",
        "metric": {"component": component, "settings": settings},
        "target": plain(np.asarray(target, dtype=float)),
        "prediction": plain(prediction),
        "weights": None if weights is None else plain(weights),
        "expected": plain(expected),
    })


def choice(name):
    return {"choice": name}


def decisions(what, target, chances, threshold, weights):
    """One score a row, with a threshold from which on it is a yes."""
    found = chances >= threshold
    said = {"threshold": threshold}
    args = {"sample_weight": weights}
    for component, function in [
        ("Accuracy", metrics.accuracy_score), ("BalancedAccuracy", metrics.balanced_accuracy_score),
        ("HammingLoss", metrics.hamming_loss), ("Mcc", metrics.matthews_corrcoef),
        ("CohenKappa", metrics.cohen_kappa_score),
    ]:
        case(what, component, said, target, chances, function(target, found, **args), weights)
    for component, function in [
        ("Precision", metrics.precision_score), ("Recall", metrics.recall_score), ("F1", metrics.f1_score),
        ("Jaccard", metrics.jaccard_score),
    ]:
        case(what, component, {**said, "class": 1}, target, chances, function(target, found, **args), weights)
        case(what, component, {**said, "average": choice("Macro")}, target, chances,
             function(target, found, average="macro", **args), weights)
    case(what, "FBeta", {**said, "beta": 0.5, "class": 1}, target, chances,
         metrics.fbeta_score(target, found, beta=0.5, **args), weights)


def labels(what, target, chances, threshold, weights):
    """A score for each label of a row."""
    found = chances >= threshold
    said = {"threshold": threshold}
    args = {"sample_weight": weights}
    case(what, "Accuracy", said, target, chances, metrics.accuracy_score(target, found, **args), weights)
    case(what, "HammingLoss", said, target, chances, metrics.hamming_loss(target, found, **args), weights)
    for ours, theirs in AVERAGES.items():
        for nothing in [0.0, 1.0]:
            settings = {**said, "average": choice(ours), "zero_division": nothing}
            averaged = {"average": theirs, "zero_division": nothing, **args}
            for component, function in [
                ("Precision", metrics.precision_score), ("Recall", metrics.recall_score), ("F1", metrics.f1_score),
                ("Jaccard", metrics.jaccard_score),
            ]:
                case(what, component, settings, target, chances, function(target, found, **averaged), weights)
            case(what, "FBeta", {**settings, "beta": 2.0}, target, chances,
                 metrics.fbeta_score(target, found, beta=2.0, **averaged), weights)
    for label in range(target.shape[1]):
        one = metrics.f1_score(target[:, label], found[:, label], zero_division=0.0, **args)
        case(what, "F1", {**said, "class": label}, target, chances, one, weights)


def rankings(what, target, scores, weights):
    args = {"sample_weight": weights}
    for ours, theirs in AVERAGES.items():
        settings = {"average": choice(ours)}
        case(what, "RocAuc", settings, target, scores, metrics.roc_auc_score(target, scores, average=theirs, **args), weights)
        case(what, "AveragePrecision", settings, target, scores,
             metrics.average_precision_score(target, scores, average=theirs, **args), weights)
    case(what, "LabelRankingAveragePrecision", {}, target, scores,
         metrics.label_ranking_average_precision_score(target, scores, **args), weights)


rows = 14
weights = np.round(rng.uniform(0.0, 3.0, rows), 2)
binary = rng.integers(0, 2, rows)
chances = np.round(expit(binary * 1.2 + rng.normal(-0.6, 1.0, rows)), 2)
for threshold in [0.5, 0.3, 0.0, 1.0]:
    decisions("one score a row", binary, chances, threshold, None)
decisions("weighted rows", binary, chances, 0.3, weights)
decisions("no row is a yes", np.zeros(rows, dtype=int), np.where(chances < 0.9, chances, 0.1), 0.9, None)

several = rng.integers(0, 2, (rows, 4))
several[:3] = 0
several[3] = 1
likely = np.round(expit(several * 1.5 + rng.normal(-0.8, 1.0, (rows, 4))), 1)
labels("four labels", several, likely, 0.5, None)
labels("four labels, weighted", several, likely, 0.3, weights)
rare = several.copy()
rare[:, 2] = 0
labels("a label that no row has", rare, likely, 0.5, None)
labels("labels that are never predicted", several, np.minimum(likely, 0.4), 0.5, None)
full = several[(several.sum(axis=1) > 0) & (several.sum(axis=1) < 4)]
of_full = np.round(expit(full * 1.5 + rng.normal(-0.8, 1.0, full.shape)), 1)
rankings("four labels with ties", full, of_full, None)
rankings("four labels with ties, weighted", full, of_full, weights[: len(full)])
case("rows without labels, and with all", "LabelRankingAveragePrecision", {}, several, likely,
     metrics.label_ranking_average_precision_score(several, likely))

print(json.dumps({"file": "labels", "note": "scikit-learn 1.9.1", "cases": cases}, indent=None))
