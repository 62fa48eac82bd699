"""Writes joined.json: columns of another table brought to rows by a key with pandas 3.1.1, which rows satisfy conditions on
them, and how scikit-learn 1.9.1 spreads their values over two splits (`pip install pandas==3.1.1 scikit-learn==1.9.1`).

    python tests/tests/golden/joined.py > tests/tests/golden/joined.json
"""

import json
import random

import pandas as pd
from sklearn.model_selection import train_test_split

random.seed(11)
FAR = 2**53
cells = pd.DataFrame({
    "cell": pd.array(list(range(12)), dtype="Int64"),
    "maker": pd.array(["A", "B", "C"] * 4, dtype="string"),
    "mass": pd.array([FAR + at for at in range(11)] + [None], dtype="Int64"),
    "age": pd.array([0.5 * at for at in range(10)] + [None, 7.0], dtype="Float64"),
})
cells = cells.sample(frac=1.0, random_state=3, ignore_index=True)
# Of each maker a multiple of ten rows, so that the shares are whole.
pulses = pd.DataFrame({"cell": pd.array(list(range(12)) * 10, dtype="Int64")})
pulses = pulses.sample(frac=1.0, random_state=4, ignore_index=True)
joined = pulses.merge(cells, how="left", on="cell", validate="many_to_one")
is_old = (joined["age"] > 2.0).astype("boolean")
is_ours = (joined["maker"] == "A").astype("boolean")
is_heavy = (joined["mass"] >= FAR + 5).astype("boolean")
rows = lambda found: [int(row) for row in joined.index[found.fillna(False).astype(bool)]]
train, test = train_test_split(joined, train_size=0.6, stratify=joined["maker"], random_state=0)
plain = lambda column: [None if pd.isna(value) else value for value in column.tolist()]
print(json.dumps({
    "cells": {key: plain(cells[key]) for key in cells},
    "pulses": plain(pulses["cell"]),
    "joined": {key: plain(joined[key]) for key in ["maker", "mass", "age"]},
    "ours_and_heavy": rows(is_ours & is_heavy),
    "neither_old_nor_ours": rows(~(is_old | is_ours)),
    "stratified": [split["maker"].value_counts().sort_index().tolist() for split in (train, test)],
}))
