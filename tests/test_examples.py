"""The example trains real models, and all it logged comes back, from a server as from a database in its process."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from mlflow import MlflowClient
from mlflow.entities import Run
from tests.servers import headrace_server

REPOSITORY = Path(__file__).parents[1]
EXAMPLE = REPOSITORY / "examples/train_digits.py"
EPOCHS = 15
LEARNING_BY_EPOCHS = {"SGDClassifier", "MLPClassifier"}


@dataclass
class Trained:
    """What one run of the example left behind."""

    uri: str
    printed: str
    parent: Run
    children: list[Run]  # best first

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(self.uri)


def train(uri: str, folder: Path) -> Trained:
    env = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        cwd=folder,
        env={**env, "MLFLOW_TRACKING_URI": uri},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("digits")
    assert experiment is not None
    ids = [experiment.experiment_id]
    [parent] = client.search_runs(ids, "tags.mlflow.parentRunId IS NULL")
    inside = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    return Trained(uri, done.stdout, parent, client.search_runs(ids, inside, order_by=["metrics.accuracy DESC"]))


@pytest.fixture(scope="module", params=["database", "server"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    folder = tmp_path_factory.mktemp(request.param)
    database = f"sqlite:///{folder}/runs.db"
    if request.param == "database":
        yield train(database, folder)
        return
    with headrace_server(database, folder / "artifacts") as url:
        yield train(url, folder)


def rows_of(table: str) -> list[list[str]]:
    """The cells of the last block of lines: the model, which may have spaces in its name, and three more."""
    block = table.rstrip().rpartition("\n\n")[2]
    return [line.strip().rsplit(maxsplit=3) for line in block.splitlines()]


def test_all_runs_come_back_nested_and_finished(trained: Trained) -> None:
    assert len(trained.children) == 8
    assert {run.info.status for run in (trained.parent, *trained.children)} == {"FINISHED"}
    assert len({run.info.run_name for run in trained.children}) == 8


def test_the_parent_names_the_best_child(trained: Trained) -> None:
    best = trained.children[0]

    assert best.data.metrics["accuracy"] > 0.95
    assert trained.parent.data.tags["best_run"] == best.info.run_id
    assert trained.parent.data.metrics["best_accuracy"] == best.data.metrics["accuracy"]


def test_what_sets_a_model_apart_is_in_its_params_and_its_name(trained: Trained) -> None:
    for run in trained.children:
        [(key, value)] = run.data.params.items()
        assert run.info.run_name == f"{run.data.tags['kind']} {key}={value}"


def test_models_that_learn_by_epochs_have_a_curve_and_it_falls(trained: Trained) -> None:
    for run in trained.children:
        points = trained.client.get_metric_history(run.info.run_id, "loss")
        if run.data.tags["kind"] in LEARNING_BY_EPOCHS:
            assert [point.step for point in points] == list(range(1, EPOCHS + 1))
            assert points[-1].value < points[0].value
        else:
            assert points == []


def test_every_child_keeps_its_figure_its_report_and_a_model_that_loads(trained: Trained, tmp_path: Path) -> None:
    for run in trained.children:
        folder = tmp_path / run.info.run_id
        folder.mkdir()
        names = {file.path for file in trained.client.list_artifacts(run.info.run_id)}
        assert names == {"confusion.png", "model", "report.json"}

        figure = Path(trained.client.download_artifacts(run.info.run_id, "confusion.png", str(folder)))
        assert figure.read_bytes().startswith(b"\x89PNG")
        path = Path(trained.client.download_artifacts(run.info.run_id, "model/model.pkl", str(folder)))
        model = pickle.loads(path.read_bytes())
        assert type(model).__name__ == run.data.tags["kind"]
        assert model.predict([[0.0] * 64]).shape == (1,)


def test_every_run_says_which_data_it_saw(trained: Trained) -> None:
    seen = {
        tuple((used.dataset.name, used.dataset.digest, used.tags[0].value) for used in run.inputs.dataset_inputs)
        for run in (trained.parent, *trained.children)
    }

    [(train_data, test_data)] = seen  # the same for all
    assert (train_data[0], train_data[2]) == ("digits", "train")
    assert (test_data[0], test_data[2]) == ("digits", "test")
    assert train_data[1] != test_data[1]


def test_the_table_is_what_search_runs_finds_best_first(trained: Trained) -> None:
    header, *rows = rows_of(trained.printed)

    assert header == ["model", "accuracy", "loss", "seconds"]
    assert [row[0] for row in rows] == [run.info.run_name for run in trained.children]
    assert [row[1] for row in rows] == [f"{run.data.metrics['accuracy']:.4f}" for run in trained.children]


def test_the_readme_shows_what_the_example_prints(trained: Trained) -> None:
    readme = (REPOSITORY / "README.md").read_text()
    shown = re.search(r"\$ .*examples/train_digits\.py\n(?P<printed>.*?)```", readme, re.DOTALL)
    assert shown is not None, "README.md shows no run of the example"

    ours, theirs = rows_of(shown["printed"]), rows_of(trained.printed)
    assert ours[0] == theirs[0]
    # The order of close ones may differ between machines, and so may the last digits; what was trained may not.
    ours_by_model, theirs_by_model = ({row[0]: row[1:] for row in rows[1:]} for rows in (ours, theirs))
    assert ours_by_model.keys() == theirs_by_model.keys()
    for model, (accuracy, loss, _) in ours_by_model.items():
        assert float(accuracy) == pytest.approx(float(theirs_by_model[model][0]), abs=0.02)
        assert (loss == "-") == (theirs_by_model[model][1] == "-")


def test_search_runs_gives_the_same_as_a_table(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow
    from mlflow.store import registry

    monkeypatch.setattr(registry, "_tracking_uri", trained.uri)
    table = mlflow.search_runs(
        experiment_names=["digits"], filter_string="metrics.accuracy > 0", order_by=["metrics.accuracy DESC"]
    )

    assert isinstance(table, pd.DataFrame)
    assert list(table["run_id"]) == [run.info.run_id for run in trained.children]
