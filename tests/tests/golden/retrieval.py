"""Writes retrieval.json: metrics of embeddings and labels.

`Silhouette` and `Neighbours` are those of scikit-learn 1.9.1, the latter one KNeighborsClassifier a row, fitted on the others.
`RecallAt` and `MeanAveragePrecision` are written from the definitions of pytorch-metric-learning's AccuracyCalculator
(Musgrave et al., "A Metric Learning Reality Check", 2020, section 3.2), which leaves out rows whose label no other row has.

    pip install scikit-learn==1.9.1
    python tests/tests/golden/retrieval.py > tests/tests/golden/retrieval.json
"""

import json

import numpy as np
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

rng = np.random.default_rng(23)
cases = []


def case(what, component, settings, labels, embeddings, expected):
    cases.append({
        "id": f"{component} {settings} of {what}",
        "metric": {"component": component, "settings": settings},
        "target": [float(label) for label in labels],
        "prediction": embeddings.tolist(),
        "weights": None,
        "expected": float(expected),
    })


def ranked(labels, embeddings):
    """Of each row that shares its label: whether the others are of it, the nearest first, and how many are."""
    for row in range(len(labels)):
        others = np.delete(np.arange(len(labels)), row)
        distances = np.linalg.norm(embeddings[others] - embeddings[row], axis=1)
        hits = labels[others][np.argsort(distances, kind="stable")] == labels[row]
        if hits.any():
            yield hits, int(hits.sum())


def recall_at(labels, embeddings, k):
    return np.mean([hits[:k].any() for hits, _ in ranked(labels, embeddings)])


def map_at_r(labels, embeddings):
    def of_row(hits, r):
        precision = np.cumsum(hits[:r]) / np.arange(1, r + 1)
        return (precision * hits[:r]).sum() / r
    return np.mean([of_row(hits, r) for hits, r in ranked(labels, embeddings)])


def neighbours(labels, embeddings, k):
    right = []
    for row in range(len(labels)):
        others = np.delete(np.arange(len(labels)), row)
        classifier = KNeighborsClassifier(n_neighbors=min(k, len(others)), algorithm="brute")
        right.append(classifier.fit(embeddings[others], labels[others]).predict(embeddings[row:row + 1])[0] == labels[row])
    return np.mean(right)


def all_of(what, labels, embeddings):
    for k in [1, 3, 8]:
        case(what, "RecallAt", {"k": k}, labels, embeddings, recall_at(labels, embeddings, k))
    for k in [1, 4, 5, 100]:
        case(what, "Neighbours", {"k": k}, labels, embeddings, neighbours(labels, embeddings, k))
    case(what, "MeanAveragePrecision", {}, labels, embeddings, map_at_r(labels, embeddings))
    case(what, "Silhouette", {}, labels, embeddings, silhouette_score(embeddings, labels))


for rows, classes, width, spread in [(30, 3, 2, 1.0), (40, 5, 4, 2.5), (24, 2, 1, 0.3)]:
    labels = rng.integers(0, classes, rows)
    centres = rng.normal(0.0, 2.0, (classes, width))
    all_of(f"{rows} rows of {classes} classes", labels, centres[labels] + rng.normal(0.0, spread, (rows, width)))
labels = np.concatenate([rng.integers(-2, 2, 20), [7, 20230101, 20230102, 20230102]])
all_of("tags, some of one row alone", labels, rng.normal(0.0, 1.0, (24, 3)))

print(json.dumps({"file": "retrieval", "note": "scikit-learn 1.9.1, numpy", "cases": cases}, indent=None))
