"""Prints what NumPy finds in a file of ours, as JSON.

    python read_npz.py FILE
"""

import json
import sys

import numpy as np

arrays = np.load(sys.argv[1], allow_pickle=False)
found = {name: {"dtype": array.dtype.str, "shape": array.shape, "values": array.tolist()} for name, array in arrays.items()}
print(json.dumps(found, default=str))
