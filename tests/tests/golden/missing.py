"""Missing values by scikit-learn: python3 missing.py > missing.json

scikit-learn 1.9, numpy.
"""

import json
import sys

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

nan = np.nan
train = np.array([[3.9, 1.0, 20.0], [nan, 2.0, 22.0], [3.7, nan, 24.0], [3.6, 6.0, nan], [3.0, nan, 30.0], [3.1, 9.0, 10.0]])
other = np.array([[nan, 4.0, nan], [3.3, 5.0, 25.0]])
steps = make_pipeline(StandardScaler(), SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)).fit(train)
rows = lambda values: [[None if np.isnan(value) else value for value in row] for row in values]
json.dump({"train": rows(train), "other": rows(other), "found": steps.transform(other).tolist()}, sys.stdout)
print()
