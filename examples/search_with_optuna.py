"""Searches with Optuna: it asks, the study runs a trial and tells what it came to.

    pip install optuna
    cargo build --release --example folds
    python3 examples/search_with_optuna.py target/release/examples/folds --trials 20 --within 0

What may be chosen is read from the study (`vary`), and what decides is what its `choose` names. A trial that has run before is
not run again.
"""

import argparse
import json
import subprocess

import optuna


def answer(study, *arguments):
    """What a command of the study answers."""
    output = subprocess.run([study, *arguments, "--quiet", "--json"], stdout=subprocess.PIPE, text=True)
    return json.loads(output.stdout)


def number(value):
    """A number of a description, in which what JSON has no number for is a text."""
    return float(value) if isinstance(value, str) else value


def suggested(trial, choice):
    """The value that Optuna proposes for a choice, as the command line takes it."""
    name, chosen_from = choice["name"], choice["from"]
    if "listed" in chosen_from:
        values = [value["choice"] if isinstance(value, dict) else value for value in chosen_from["listed"]]
        value = trial.suggest_categorical(name, values)
    else:
        between = chosen_from["range"]
        low, high, log = number(between["low"]), number(between["high"]), between["spread"] == "LogUniform"
        is_whole = isinstance(between["low"], int)
        suggest = trial.suggest_int if is_whole else trial.suggest_float
        value = suggest(name, low, high, log=log)
    return f"{name}={str(value).lower() if isinstance(value, bool) else value}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("study", help="the program of the study")
    arguments.add_argument("--trials", type=int, default=20)
    arguments.add_argument("--within", help="the fold that chooses, where each fold chooses for itself")
    given = arguments.parse_args()
    choices = answer(given.study, "describe").get("choices", [])
    within = ["--within", given.within] if given.within is not None else []

    def objective(trial):
        values = [f"--set={suggested(trial, choice)}" for choice in choices]
        told = answer(given.study, "trial", *values, *within)
        value = told.get("value")
        if not isinstance(value, (int, float)):
            # It has failed, or a rule refuses what was proposed; what is wrong with the first one may be wrong with all.
            why = told.get("error") or told.get("failed")
            if trial.number == 0:
                raise SystemExit(why)
            raise optuna.TrialPruned(why)
        trial.set_user_attr("value", value)
        return -value if told["higher_is_better"] else value

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=42))
    study.optimize(objective, n_trials=given.trials)
    if study.get_trials(states=[optuna.trial.TrialState.COMPLETE]):
        print(f"best: {study.best_params}, {study.best_trial.user_attrs['value']}")
    else:
        print("no trial has come to anything")


if __name__ == "__main__":
    main()
