"""Neighbours, naive Bayes, components, groups and calibration by scikit-learn: python3 fitted.py > fitted.json

scikit-learn 1.9.1, numpy.
"""

import json
import sys

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

rng = np.random.default_rng(11)
rows, asked = 90, 15
middles = np.array([[0.0, 0.0, 1.0], [4.0, 1.0, -1.0], [1.0, 5.0, 0.0]])
classes = np.arange(rows) % 3
x = np.round(middles[classes] + rng.normal(size=(rows, 3)) * [0.8, 1.2, 1.0], 3)
classes[:6] = [1, 2, 0, 2, 1, 0]
y = np.round(np.stack([x[:, 0] - x[:, 1] ** 2, np.sin(x[:, 2])], axis=1), 4)
query = np.round(rng.uniform(-3, 8, size=(asked, 3)), 3)
query[:2] = x[:2]
weights = rng.integers(1, 4, size=rows)

out = {"x": x, "y": y, "classes": classes, "query": query, "weights": weights}

for weighted in ("uniform", "distance"):
    numbers = KNeighborsRegressor(4, weights=weighted).fit(x, y)
    of_classes = KNeighborsClassifier(4, weights=weighted).fit(x, classes)
    out[f"neighbours_{weighted}"] = {
        "numbers": numbers.predict(query),
        "classes": of_classes.predict_proba(query),
    }

out["bayes"] = GaussianNB().fit(x, classes).predict_proba(query)
repeated = np.repeat(np.arange(rows), weights)
out["bayes_weighted"] = GaussianNB(var_smoothing=0.01).fit(x[repeated], classes[repeated]).predict_proba(query)

# Numbers and a column of classes together: what each tells is added, and the share of the class counts once.
code = (classes + rng.integers(0, 2, size=rows)) % 4
code_query = np.append(rng.integers(0, 4, size=asked - 1), 3)
out["code"], out["code_query"] = code, code_query
of_numbers = GaussianNB().fit(x, classes)
of_codes = CategoricalNB(alpha=0.5).fit(code[:, None], classes)
joint = of_numbers.predict_joint_log_proba(query) + of_codes.predict_joint_log_proba(code_query[:, None])
joint = np.exp(joint - np.log(of_numbers.class_prior_))
out["bayes_both"] = joint / joint.sum(axis=1, keepdims=True)

pca = PCA(2).fit(x)
out["pca"] = {
    "directions": pca.components_,
    "variances": pca.explained_variance_,
    "shares": pca.explained_variance_ratio_,
    "query": pca.transform(query),
}
out["pca_white"] = PCA(3, whiten=True).fit(x[repeated]).transform(query)


def in_order(middles):
    return np.argsort(middles[:, 0])


groups = KMeans(3, n_init=50, random_state=0, tol=0).fit(x)
order = in_order(groups.cluster_centers_)
out["k_means"] = {
    "centres": groups.cluster_centers_[order],
    "inertia": groups.inertia_,
    "query": groups.transform(query)[:, order],
}
groups = KMeans(3, n_init=50, random_state=0, tol=0).fit(x, sample_weight=weights)
out["k_means_weighted"] = {
    "centres": groups.cluster_centers_[in_order(groups.cluster_centers_)],
    "inertia": groups.inertia_,
}

for covariance in ("full", "diag"):
    mixture = GaussianMixture(3, covariance_type=covariance, random_state=0, tol=1e-12, max_iter=5000).fit(x)
    order = in_order(mixture.means_)
    out[f"mixture_{covariance}"] = {
        "shares": mixture.weights_[order],
        "means": mixture.means_[order],
        "covariances": mixture.covariances_[order],
        "log_likelihood": mixture.lower_bound_,
        "query": mixture.predict_proba(query)[:, order],
    }


class AsGiven(ClassifierMixin, BaseEstimator):
    """Gives what it is given."""

    def __init__(self, count):
        self.count = count

    def fit(self, x, y):
        self.classes_ = np.arange(self.count)
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, x):
        return np.hstack([1 - x, x]) if self.count == 2 else x

    def predict(self, x):
        return self.predict_proba(x).argmax(axis=1)


def shares(numbers):
    return numbers / numbers.sum(axis=1, keepdims=True)


given = np.round(shares(np.eye(3)[classes] * 0.6 + rng.uniform(0.05, 1.0, size=(rows, 3))), 3)
given_query = np.round(shares(rng.uniform(0.0, 1.0, size=(asked, 3))), 3)
given_query[0] = [1.0, 0.0, 0.0]
out["given"], out["given_query"] = given, given_query
for method in ("sigmoid", "isotonic"):
    of_three = CalibratedClassifierCV(FrozenEstimator(AsGiven(3).fit(None, None)), method=method)
    of_three.fit(given, classes)
    weighed = CalibratedClassifierCV(FrozenEstimator(AsGiven(3).fit(None, None)), method=method)
    weighed.fit(given, classes, sample_weight=weights)
    of_two = CalibratedClassifierCV(FrozenEstimator(AsGiven(2).fit(None, None)), method=method)
    of_two.fit(given[:, 2:], (classes == 2).astype(int))
    out[method] = {
        "three": of_three.predict_proba(given_query),
        "weighed": weighed.predict_proba(given_query),
        "two": of_two.predict_proba(given_query[:, 2:])[:, 1],
    }

json.dump(out, sys.stdout, default=lambda array: array.tolist())
print()
