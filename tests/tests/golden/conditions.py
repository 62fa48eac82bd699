"""Writes conditions.json: which rows satisfy conditions on several columns, by pandas 3.1.1 (`pip install pandas==3.1.1`).

    python tests/tests/golden/conditions.py > tests/tests/golden/conditions.json

Columns of nullable types are compared in Kleene's logic, in which pandas knows true, false and missing: a row satisfies a
condition where that is true.
"""

import json
import random

import pandas as pd

random.seed(5)
ROWS = 60
FAR = 2**53
WORDS = ["a", "b", "c", ""]


def column(values, dtype):
    return pd.array([None if random.random() < 0.25 else random.choice(values) for _ in range(ROWS)], dtype=dtype)


data = pd.DataFrame({
    "x": column([-1.5, 0.0, 0.1, 2.0, 1e300], "Float64"),
    "n": column([-1, 0, 3, FAR, FAR + 1, 2**63 - 1], "Int64"),
    "flag": column([True, False], "boolean"),
    "kind": column(WORDS, "string"),
})
LITERALS = {"x": [-1.5, 0.0, 0.1, 1.0, 1e300], "n": [-1, 2, 3, FAR, FAR + 1], "flag": [True, False], "kind": WORDS}
COMPARED = {"lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__", "eq": "__eq__", "ne": "__ne__"}


def test():
    key = random.choice(list(LITERALS))
    values, literals = data[key], LITERALS[key]
    as_logic = lambda found: found.astype("boolean")
    kind = random.choice(["compare", "compare", "between", "in", "missing"])
    if kind == "missing":
        return {"missing": key}, values.isna().astype("boolean")
    if kind == "in":
        listed = random.sample(literals, 2) if key != "flag" else [True]
        found = pd.Series(False, index=data.index, dtype="boolean")
        for literal in listed:
            found = found | as_logic(values == literal)
        return {"in": [key, listed]}, found
    if kind == "between" and key not in ("flag", "kind"):
        low, high = sorted(random.sample(literals, 2))
        return {"between": [key, low, high]}, as_logic(values >= low) & as_logic(values <= high)
    how = random.choice(["eq", "ne"] if key == "flag" else list(COMPARED))
    literal = random.choice(literals)
    return {how: [key, literal]}, as_logic(getattr(values, COMPARED[how])(literal))


def condition(depth):
    kind = random.choice(["and", "or", "not", "test"]) if depth else "test"
    if kind == "test":
        return test()
    if kind == "not":
        part, found = condition(depth - 1)
        return {"not": part}, ~found
    parts = [condition(depth - 1) for _ in range(random.choice([1, 2, 3]))]
    found = parts[0][1]
    for _, other in parts[1:]:
        found = found & other if kind == "and" else found | other
    return {kind: [part for part, _ in parts]}, found


cases = []
for at in range(120):
    written, found = condition(3)
    rows = [int(row) for row in data.index[found.fillna(False).astype(bool)]]
    cases.append({"id": f"condition_{at}", "condition": written, "rows": rows})
columns = {key: [None if pd.isna(value) else value for value in data[key].tolist()] for key in data}
print(json.dumps({"columns": columns, "cases": cases}))
