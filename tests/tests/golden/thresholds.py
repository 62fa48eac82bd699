"""Writes thresholds.json: thresholds that scikit-learn 1.9 chooses on one half of rows, and what they give on the other."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    make_scorer,
    matthews_corrcoef,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_curve,
)
from sklearn.model_selection import TunedThresholdClassifierCV

random = np.random.default_rng(7)


class Given(ClassifierMixin, BaseEstimator):
    """Its scores are what it reads."""

    def fit(self, x, y):
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, x):
        return x[:, 0]


def rows(count):
    loud = random.random(count) < 0.3
    # Multiples of 1/8, exact in f32, with ties.
    score = np.round(8 * (random.normal(size=count) + np.where(loud, 1.2, -0.6))) / 8
    return score, loud.astype(int)


def tuned(score, of, positive=1):
    model = Given().fit(None, None)
    search = TunedThresholdClassifierCV(
        model, scoring=make_scorer(of), thresholds=np.unique(score), cv="prefit", refit=False, response_method="decision_function"
    )
    return float(search.fit(score[:, None], loud).best_threshold_)


def weighted(of):
    values = [of(loud, score >= cut, sample_weight=weight) for cut in np.unique(score)]
    return float(np.unique(score)[int(np.argmax(values))])


def least(curve_of, other_of, least):
    """Of the thresholds of precision_recall_curve at which one is high enough, the one at which the other is highest."""
    precision, recall, cuts = precision_recall_curve(loud, score)
    curves = {"precision": precision[:-1], "recall": recall[:-1]}
    reach = curves[curve_of] >= least
    if not reach.any():
        return None
    best = [(curves[other_of][i], curves[curve_of][i], -i) for i in np.flatnonzero(reach)]
    return float(cuts[-max(best)[2]])


score, loud = rows(60)
test_score, test_loud = rows(60)
weight = np.round(4 * random.random(60) + 0.25, 2)
fpr, tpr, cuts = roc_curve(loud, score, drop_intermediate=False)
# The first of equal ones from the least threshold on, as argmax over ascending thresholds.
youden = max((tpr[i] - fpr[i], i) for i in range(len(cuts)))[1]
chosen = {
    "f1": tuned(score, f1_score),
    "f2": tuned(score, lambda y, p: fbeta_score(y, p, beta=2.0)),
    "mcc": tuned(score, matthews_corrcoef),
    "balanced": tuned(score, balanced_accuracy_score),
    "youden": float(cuts[youden]),
    "accuracy": tuned(score, accuracy_score),
    "macro_f1": tuned(score, lambda y, p: f1_score(y, p, average="macro")),
    "recall_080": least("recall", "precision", 0.8),
    "precision_080": least("precision", "recall", 0.8),
    "precision_100": least("precision", "recall", 1.0),
    "weighted_f1": weighted(f1_score),
    "weighted_balanced": weighted(balanced_accuracy_score),
}


def measured(cut):
    decided = test_score >= cut
    return {
        "accuracy": accuracy_score(test_loud, decided),
        "f1": f1_score(test_loud, decided),
        "precision": precision_score(test_loud, decided),
        "recall": recall_score(test_loud, decided),
    }


values = {
    "sklearn": sklearn.__version__,
    "val": {"score": score.tolist(), "loud": loud.tolist(), "weight": weight.tolist()},
    "test": {"score": test_score.tolist(), "loud": test_loud.tolist()},
    "chosen": {name: {"threshold": cut, "test": measured(cut)} for name, cut in chosen.items()},
}
Path(__file__).with_name("thresholds.json").write_text(json.dumps(values) + "\n")
print({name: cut for name, cut in chosen.items()})
