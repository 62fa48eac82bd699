"""Triplets of the Python package modularml: for each `ROWS ROWS_OF_A_CELL` that it reads, the seconds of one epoch."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import contextlib
import io
import sys
import time

from modularml.core.data.featureset import FeatureSet
from modularml.core.sampling.similiarity_condition import SimilarityCondition
from modularml.samplers.triplet_sampler import TripletSampler


def epoch(label, rows, of_a_cell):
    cells = rows // of_a_cell
    data = {"value": [0.0] * rows, "target": [0.0] * rows, "cell": [row % cells for row in range(rows)]}
    given = FeatureSet.from_dict(label, data, feature_keys="value", target_keys="target", tag_keys="cell")
    start = time.perf_counter()
    sampler = TripletSampler(
        {"tags.cell": SimilarityCondition(mode="similar")},
        {"tags.cell": SimilarityCondition(mode="dissimilar")},
        batch_size=64,
        shuffle=True,
        max_samples_per_anchor=1,
        seed=1,
        show_progress=False,
    )
    sampler.bind_sources([given])
    sampler.materialize_batches()
    return time.perf_counter() - start


for number, line in enumerate(sys.stdin):
    rows, of_a_cell = map(int, line.split())
    with contextlib.redirect_stdout(io.StringIO()):
        seconds = epoch(f"rows_{number}", rows, of_a_cell)
    print(f"{seconds:.6f}", flush=True)
