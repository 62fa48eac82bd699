"""Prints what MLflow's own client finds of a run, as JSON; numbers are texts, as JSON has no NaN. It changes the server first
where it is told to.

    read_mlflow.py URL run ID FOLDER        downloads the files of the run to the folder
    read_mlflow.py URL count EXPERIMENT     how many runs are in an experiment
    read_mlflow.py URL create EXPERIMENT LOCATION
    read_mlflow.py URL delete EXPERIMENT
    read_mlflow.py URL untag ID TAG
"""

import json
import os
import sys

from mlflow import MlflowClient, artifacts


def run(client, url, run_id, folder):
    found = client.get_run(run_id)
    artifacts.download_artifacts(run_id=run_id, dst_path=folder, tracking_uri=url)
    files = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    return {
        "name": found.info.run_name,
        "status": found.info.status,
        "start": found.info.start_time,
        "end": found.info.end_time,
        "params": found.data.params,
        "tags": found.data.tags,
        "metrics": {
            key: [[it.step, it.timestamp, repr(it.value)] for it in client.get_metric_history(run_id, key)]
            for key in found.data.metrics
        },
        "files": sorted(os.path.relpath(file, folder) for file in files),
    }


def main(url, what, *rest):
    client = MlflowClient(tracking_uri=url)
    if what == "run":
        print(json.dumps(run(client, url, *rest)))
    elif what == "count":
        experiment = client.get_experiment_by_name(*rest)
        print(len(client.search_runs([experiment.experiment_id])))
    elif what == "create":
        name, location = rest
        client.create_experiment(name, artifact_location=location)
    elif what == "delete":
        client.delete_experiment(client.get_experiment_by_name(*rest).experiment_id)
    elif what == "untag":
        client.delete_tag(*rest)


main(*sys.argv[1:])
