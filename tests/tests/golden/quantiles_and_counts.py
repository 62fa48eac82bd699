"""Writes quantiles_and_counts.json: losses and metrics of quantiles, counts and ordered classes by scikit-learn 1.9.1 and SciPy.

    pip install scikit-learn==1.9.1
    python tests/tests/golden/quantiles_and_counts.py > tests/tests/golden/quantiles_and_counts.json
"""

import json

import numpy as np
from scipy import special, stats
from sklearn import metrics

rng = np.random.default_rng(11)
rows = 15
weights = np.round(rng.uniform(0.0, 3.0, rows), 2)
cases = []


def case(id, name, settings, target, prediction, run):
    for of_rows in [None, weights]:
        cases.append({
            "id": f"{name} {id}, {'all rows alike' if of_rows is None else 'weighted'}",
            "metric": {"component": name, "settings": settings},
            "target": np.asarray(target).tolist(), "prediction": np.asarray(prediction).tolist(),
            "weights": None if of_rows is None else of_rows.tolist(), "expected": [float(run(of_rows))],
        })


def quantiles(id, levels, target, prediction):
    def pinball(of_rows):
        flat = target.reshape(rows, -1)
        of_level = [
            metrics.mean_pinball_loss(flat, prediction[..., at].reshape(rows, -1), sample_weight=of_rows, alpha=level)
            for at, level in enumerate(levels)
        ]
        return np.mean(of_level)

    named = [[f"q{at}", level] for at, level in enumerate(levels)]
    case(id, "Quantiles", {"levels": {"shares": named}}, target, prediction, pinball)


def intervals(id, settings, target, prediction):
    lower, upper = prediction[..., settings.get("lower", 0)], prediction[..., settings.get("upper", -1)]

    def mean(values, of_rows):
        return np.average(values.reshape(rows, -1).mean(axis=1), weights=of_rows)

    case(id, "IntervalCoverage", settings, target, prediction, lambda w: mean((lower <= target) & (target <= upper), w))
    case(id, "IntervalWidth", settings, target, prediction, lambda w: mean(upper - lower, w))


single, many = rng.normal(size=rows), rng.normal(size=(rows, 4))
five = np.sort(rng.normal(size=(rows, 5)), axis=1)
five[:3, 0] = single[:3]  # targets that are an end
of_many = rng.normal(size=(rows, 4, 3))
quantiles("of one number", [0.05, 0.25, 0.5, 0.75, 0.95], single, five)
quantiles("of four numbers", [0.1, 0.5, 0.9], many, of_many)
quantiles("at one level", [0.3], single, five[:, 2:3])
for settings in [{}, {"lower": 1, "upper": 3}, {"lower": 2}, {"upper": 1}]:
    intervals(f"of one number {settings}", settings, single, five)
intervals("of four numbers, ends not in order", {}, many, of_many)

counts, amounts = rng.poisson(2.0, rows).astype(float), rng.gamma(2.0, 1.5, rows)
rates = rng.uniform(0.1, 4.0, rows)
mixed = np.where(rng.random(rows) < 0.4, 0.0, amounts)
case("of counts", "PoissonDeviance", {}, counts, rates, lambda w: metrics.mean_poisson_deviance(counts, rates, sample_weight=w))
case("of logarithms", "PoissonDeviance", {"of_logarithms": True}, counts, np.log(rates),
     lambda w: metrics.mean_poisson_deviance(counts, rates, sample_weight=w))
case("of amounts", "GammaDeviance", {}, amounts, rates, lambda w: metrics.mean_gamma_deviance(amounts, rates, sample_weight=w))
for power, target in [(-0.5, single), (0.0, single), (1.0, counts), (1.5, mixed), (2.0, amounts), (3.0, amounts)]:
    case(f"of power {power}", "TweedieDeviance", {"power": power}, target, rates,
         lambda w: metrics.mean_tweedie_deviance(target, rates, sample_weight=w, power=power))



def negative_binomial(dispersion, w):
    shape = 1 / dispersion
    likelihood = stats.nbinom.logpmf(counts, shape, shape / (shape + rates))
    # What depends on the counts alone is not in the loss.
    constant = special.gammaln(counts + shape) - special.gammaln(shape) - special.gammaln(counts + 1)
    return np.average(constant - likelihood, weights=w)


for dispersion in [0.1, 0.5, 3.0]:
    case(f"of dispersion {dispersion}", "NegativeBinomialNll", {"dispersion": dispersion}, counts, np.log(rates),
         lambda w: negative_binomial(dispersion, w))

classes, scores = rng.integers(0, 4, rows), rng.normal(size=(rows, 4))
case("of four classes", "ClassDistance", {}, classes, scores,
     lambda w: metrics.mean_absolute_error(classes, scores.argmax(axis=1), sample_weight=w))
for weighting in ["linear", "quadratic"]:
    case(f"of four classes, {weighting}", "CohenKappa", {"disagreement": {"choice": weighting.title()}}, classes, scores,
         lambda w: metrics.cohen_kappa_score(classes, scores.argmax(axis=1), weights=weighting, sample_weight=w))

print(json.dumps({"file": "quantiles_and_counts", "note": "scikit-learn 1.9.1", "cases": cases}))
