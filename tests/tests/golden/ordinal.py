"""A proportional odds model by statsmodels: python3 ordinal.py > ordinal.json

statsmodels 0.15.0, numpy.
"""

import json

import numpy as np
from statsmodels.miscmodels.ordinal_model import OrderedModel

rng = np.random.default_rng(7)
rows = 120
x = np.round(rng.normal(size=(rows, 2)), 3)
score = 1.5 * x[:, 0] - 0.8 * x[:, 1] + rng.logistic(size=rows)
y = np.digitize(score, [-1.5, 0.0, 1.0])
model = OrderedModel(y, x, distr="logit")
fit = model.fit(method="bfgs", disp=False, gtol=1e-6)
json.dump(
    {
        "x": x.tolist(),
        "y": y.tolist(),
        "log_likelihood": fit.llf,
        "probabilities": fit.predict(x).tolist(),
    },
    __import__("sys").stdout,
)
print()
