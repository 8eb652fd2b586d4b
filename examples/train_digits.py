"""Train a small grid of models on handwritten digits and keep everything about it: one parent run, a child per model.

    python examples/train_digits.py                                             # into ./mlflow.db
    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/train_digits.py   # to a server

Needs scikit-learn and `headrace[extras]`; takes a few seconds. Nothing in it is particular to Headrace.
"""

from __future__ import annotations

import pickle
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from sklearn.base import ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score, classification_report, log_loss
from sklearn.model_selection import ParameterGrid, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import mlflow

EPOCHS = 15
SEED = 0
# The models, and what is tried with each.
GRID: list[tuple[ClassifierMixin, dict[str, list[Any]]]] = [
    (SVC(), {"C": [0.1, 10]}),
    (LogisticRegression(max_iter=1000), {"C": [0.1, 1]}),
    (SGDClassifier(loss="log_loss", random_state=SEED), {"alpha": [0.0001, 0.01]}),
    (MLPClassifier(learning_rate_init=0.01, random_state=SEED), {"hidden_layer_sizes": [(16,), (64,)]}),
]


class Digits:
    """1,797 pictures of 8 x 8 pixels with the digit each shows; a quarter is kept for testing."""

    def __init__(self) -> None:
        pixels, labels = load_digits(return_X_y=True)
        split = train_test_split(pixels / 16, labels, test_size=0.25, random_state=SEED, stratify=labels)
        self.train_x, self.test_x, self.train_y, self.test_y = split

    def log(self) -> None:
        """Say in the active run which data it saw."""
        for context, x, y in (("train", self.train_x, self.train_y), ("test", self.test_x, self.test_y)):
            mlflow.log_input(mlflow.data.from_numpy(x, targets=y, name="digits"), context=context)


def main() -> None:
    """Train all models, then ask the store which was best."""
    plt.switch_backend("Agg")  # figures are stored, not shown
    digits = Digits()
    experiment = mlflow.set_experiment("digits")
    with mlflow.start_run(run_name="grid") as grid:
        digits.log()
        for model, settings in models():
            train(model, settings, digits)
        table = mlflow.search_runs(
            [experiment.experiment_id],
            filter_string=f"tags.mlflow.parentRunId = '{grid.info.run_id}'",
            order_by=["metrics.accuracy DESC"],
        )
        best = table.iloc[0]
        mlflow.log_metric("best_accuracy", best["metrics.accuracy"])
        mlflow.set_tag("best_run", best["run_id"])

    print(f"{len(table)} models in {mlflow.get_tracking_uri()}, best first:\n")
    shown = table[["tags.mlflow.runName", "metrics.accuracy", "metrics.loss", "metrics.seconds"]]
    shown.columns = ["model", "accuracy", "loss", "seconds"]
    print(shown.to_string(index=False, na_rep="-", formatters={"seconds": "{:.2f}".format}, float_format="%.4f"))


def models() -> Iterator[tuple[ClassifierMixin, dict[str, Any]]]:
    """Yield every model of the grid, untrained, with the settings that set it apart."""
    for model, choices in GRID:
        for settings in ParameterGrid(choices):
            yield clone(model).set_params(**settings), settings


def train(model: ClassifierMixin, settings: dict[str, Any], digits: Digits) -> None:
    """Train one model in a child run of its own."""
    kind = type(model).__name__
    name = " ".join([kind, *(f"{key}={value}" for key, value in settings.items())])
    with mlflow.start_run(run_name=name, nested=True):
        digits.log()
        mlflow.set_tag("kind", kind)
        mlflow.log_params(settings)
        begun = time.perf_counter()
        fit(model, digits)
        mlflow.log_metric("seconds", time.perf_counter() - begun)
        log_results(model, digits)


def fit(model: ClassifierMixin, digits: Digits) -> None:
    """Train the model; one that learns epoch by epoch logs a point of its curves after each."""
    if not hasattr(model, "partial_fit"):
        model.fit(digits.train_x, digits.train_y)
        return
    classes = range(10)
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(digits.train_x, digits.train_y, classes=classes)
        loss = log_loss(digits.test_y, model.predict_proba(digits.test_x), labels=classes)
        accuracy = accuracy_score(digits.test_y, model.predict(digits.test_x))
        mlflow.log_metrics({"loss": loss, "epoch_accuracy": accuracy}, step=epoch)


def log_results(model: ClassifierMixin, digits: Digits) -> None:
    """Keep how well the model does, digit by digit, and the model itself."""
    predicted = model.predict(digits.test_x)
    mlflow.log_metric("accuracy", accuracy_score(digits.test_y, predicted))
    mlflow.log_dict(classification_report(digits.test_y, predicted, output_dict=True, zero_division=0), "report.json")

    figure = ConfusionMatrixDisplay.from_predictions(digits.test_y, predicted).figure_
    mlflow.log_figure(figure, "confusion.png")
    plt.close(figure)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.pkl")
        path.write_bytes(pickle.dumps(model))
        mlflow.log_artifact(str(path), "model")


if __name__ == "__main__":
    main()
