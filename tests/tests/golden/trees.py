"""What scikit-learn grows on rows that a formula gives, so that Rust makes the same bits: trees.json."""

import json
import warnings

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.metrics import log_loss, r2_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.simplefilter("ignore")
COLUMNS = 6


class Numbers:
    """Numbers in [0, 1) of 16 bits."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return (self.state >> 15) / 65536


def rows(count, seed):
    """Rows, a number each, and a class of three."""
    numbers = Numbers(seed)
    x, y, c = [], [], []
    for _ in range(count):
        row = [numbers.next() for _ in range(COLUMNS)]
        noise = numbers.next() + numbers.next() - 1.0
        value = 10.0 * row[0] * row[1] + 20.0 * (row[2] - 0.5) * (row[2] - 0.5) + 5.0 * row[3] + noise
        x.append(row)
        y.append(value)
        c.append(0 if value < 4.5 else 1 if value < 7.5 else 2)
    return np.array(x), np.array(y), np.array(c)


def weights(count, seed):
    numbers = Numbers(seed)
    return np.array([1.0 + np.floor(numbers.next() * 3.0) for _ in range(count)])


def with_missing(x, y):
    """Of every fifth row one value is missing, where the target is high."""
    x = x.copy()
    for row in range(len(x)):
        if row % 5 == 0 and y[row] > 6.0:
            x[row, row % 3] = np.nan
    return x


def nodes(tree):
    tree = tree.tree_
    return {
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "column": tree.feature.tolist(),
        "threshold": [1.7976931348623157e308 if t == np.inf else t for t in tree.threshold.tolist()],
        "missing_left": tree.missing_go_to_left.tolist(),
        "value": tree.value.reshape(tree.node_count, -1).tolist(),
    }


def grown(make, of_rows):
    """A tree of the first rows on which it is the same under every seed, so that no cut is drawn among equals."""
    for rows_seed in range(1, 1000):
        x, y, weight = of_rows(*rows(400, rows_seed))
        trees = [make(seed).fit(x, y, sample_weight=weight) for seed in range(20)]
        # Sums differ in their last bits, as rows are summed in another order.
        if len({json.dumps(nodes(tree) | {"value": None}) for tree in trees}) == 1:
            return nodes(trees[0]) | {"rows": rows_seed, "importances": trees[0].feature_importances_.tolist()}
    raise RuntimeError("no such rows")


def spread(make, score):
    scores = [score(make(seed)) for seed in range(20)]
    return {"least": min(scores), "most": max(scores)}


def main():
    x, y, c = rows(400, 1)
    more, more_y, more_c = rows(1000, 2)
    w = weights(400, 3)
    missing, more_missing = with_missing(x, y), with_missing(more, more_y)
    regressor = lambda seed: DecisionTreeRegressor(max_depth=6, min_samples_leaf=8, random_state=seed)
    classifier = lambda balanced: lambda seed: DecisionTreeClassifier(
        max_depth=4, min_samples_leaf=10, random_state=seed, class_weight=balanced
    )
    trees = {
        "numbers": grown(regressor, lambda x, y, c: (x, y, None)),
        "weighed": grown(regressor, lambda x, y, c: (x, y, w)),
        "missing": grown(regressor, lambda x, y, c: (with_missing(x, y), y, None)),
        "two_numbers": grown(regressor, lambda x, y, c: (x, np.stack([y, x[:, 4] + y * 0.25], axis=1), None)),
        "classes": grown(classifier(None), lambda x, y, c: (x, c, None)),
        "weighed_classes": grown(classifier(None), lambda x, y, c: (x, c, w)),
        "balanced_classes": grown(classifier("balanced"), lambda x, y, c: (x, c, None)),
        "missing_classes": grown(classifier(None), lambda x, y, c: (with_missing(x, y), c, None)),
    }

    def numbers_of(model, x=x, more=more):
        return lambda seed: r2_score(more_y, model(seed).fit(x, y).predict(more))

    def classes_of(model, x=x, more=more):
        return lambda seed: log_loss(more_c, np.clip(model(seed).fit(x, c).predict_proba(more), 1e-3, 1))

    def over(of, model, **rows):
        score = of(model, **rows)
        return spread(lambda seed: seed, score)

    forest = lambda seed: RandomForestRegressor(50, random_state=seed)
    forest_c = lambda seed: RandomForestClassifier(50, min_samples_leaf=3, random_state=seed)
    extra = lambda seed: ExtraTreesRegressor(50, random_state=seed)
    extra_c = lambda seed: ExtraTreesClassifier(50, min_samples_leaf=3, random_state=seed)
    scores = {
        "RandomForest": over(numbers_of, forest),
        "RandomForest of classes": over(classes_of, forest_c),
        "RandomForest, missing": over(numbers_of, forest, x=missing, more=more_missing),
        "ExtraTrees": over(numbers_of, extra),
        "ExtraTrees of classes": over(classes_of, extra_c),
        "ExtraTrees, missing": over(numbers_of, extra, x=missing, more=more_missing),
    }

    # Nothing is drawn where nothing is held out.
    coded = x.copy()
    coded[:, 5] = np.floor(x[:, 5] * 12.0)
    shifted = y + np.array([0.0, 3.0, -2.0, 1.0, 5.0, -4.0, 2.0, 0.5, -1.0, 4.0, -3.0, 1.5])[coded[:, 5].astype(int)]
    settings = {"max_iter": 30, "early_stopping": False, "min_samples_leaf": 10, "max_leaf_nodes": 9}
    boosted = {
        "numbers": HistGradientBoostingRegressor(**settings).fit(x, y).predict(more[:60]).tolist(),
        "l2": HistGradientBoostingRegressor(l2_regularization=5.0, max_depth=3, **settings)
        .fit(x, y).predict(more[:60]).tolist(),
        "weighed": HistGradientBoostingRegressor(**settings).fit(x, y, sample_weight=w).predict(more[:60]).tolist(),
        "few_rows": HistGradientBoostingRegressor(**settings).fit(x[:250], y[:250]).predict(more[:60]).tolist(),
        "missing": HistGradientBoostingRegressor(**settings).fit(missing, y).predict(missing[:60]).tolist(),
        "classes": HistGradientBoostingClassifier(**settings).fit(x, c).predict_proba(more[:60]).tolist(),
        "two_classes": HistGradientBoostingClassifier(**settings).fit(x, c > 0).predict_proba(more[:60])[:, 1].tolist(),
        "categories": HistGradientBoostingRegressor(categorical_features=[5], **settings)
        .fit(coded, shifted).predict(coded[:60]).tolist(),
    }

    def isolated(seed):
        model = IsolationForest(n_estimators=100, random_state=seed).fit(x)
        inside, outside = np.full((1, COLUMNS), 0.5), np.full((1, COLUMNS), 2.0)
        return [-model.score_samples(inside)[0], -model.score_samples(outside)[0]]

    both = np.array([isolated(seed) for seed in range(20)])
    isolation = {
        name: {"least": both[:, at].min(), "most": both[:, at].max()} for at, name in enumerate(["inside", "outside"])
    }
    with open("trees.json", "w") as file:
        json.dump({"trees": trees, "scores": scores, "boosted": boosted, "isolation": isolation}, file)
        file.write("\n")


main()
