"""Folds, scalers and predictions out of fold of scikit-learn on the data of `examples/folds`, as `tests/tests/golden/folds.json`.

    pip install scikit-learn==1.9.1 pandas
    python tests/tests/golden/folds.py examples/data/grunfeld.csv > tests/tests/golden/folds.json

Groups of equal size are dealt by `GroupKFold` from the last label to the first. The labels here fall in the order in which the
firms appear, so that they are dealt in that order.
"""

import json
import sys

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

data = pd.read_csv(sys.argv[1])
x = data[["value", "capital"]].to_numpy(np.float32).astype(float)
y = data["invest"].to_numpy(np.float32).astype(float)
firms = list(dict.fromkeys(data["firm"]))
groups = np.array([-firms.index(firm) for firm in data["firm"]])

by_firm = list(GroupKFold(5).split(x, y, groups))
scaled = StandardScaler()
target = []
predicted = np.zeros(len(y))
for train, test in by_firm:
    of_x, of_y = StandardScaler().fit(x[train]), StandardScaler().fit(y[train, None])
    target.append([of_x.mean_.tolist(), of_x.scale_.tolist(), of_y.mean_.tolist(), of_y.scale_.tolist()])
    model = Ridge(alpha=1.0).fit(of_x.transform(x[train]), of_y.transform(y[train, None])[:, 0])
    predicted[test] = of_y.inverse_transform(model.predict(of_x.transform(x[test]))[:, None])[:, 0]
# The same by scikit-learn's own loop, where the target is not scaled: the penalty is then another one for y.
raw = cross_val_predict(make_pipeline(StandardScaler(), Ridge(alpha=1.0)), x, y, cv=by_firm)
rmse = lambda rows: float(np.sqrt(np.mean((predicted[rows] - y[rows]) ** 2)))
json.dump(
    {
        "group_k_fold": [test.tolist() for _, test in by_firm],
        "stratified_k_fold": [test.tolist() for _, test in StratifiedKFold(5).split(x, data["firm"])],
        "scalers": target,
        "predicted": predicted.tolist(),
        "predicted_of_raw_target": raw.tolist(),
        "rmse": {
            "by_fold": [rmse(test) for _, test in by_firm],
            "pooled": rmse(np.arange(len(y))),
        },
    },
    sys.stdout,
)
