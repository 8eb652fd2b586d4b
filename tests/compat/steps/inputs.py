"""Datasets that runs used."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import view_inputs


def _dataset_input(name: str, digest: str, tags: dict[str, str], **more: Any) -> Any:
    entities = mlflow.entities
    dataset = entities.Dataset(
        name=name, digest=digest, source_type=more.pop("source_type", "local"), source=more.pop("source", "{}"), **more
    )
    return entities.DatasetInput(dataset, [entities.InputTag(key, value) for key, value in tags.items()])


def _inputs(world: World, run_id: str) -> Any:
    return view_inputs(world.client.get_run(run_id))


@step("a run without inputs")
def _(world: World) -> Any:
    run = world.client.get_run(world.new_run())
    return {"datasets": run.inputs.dataset_inputs, "type": type(run.inputs).__name__}


@step("datasets logged through the client")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_inputs(
        run_id,
        [
            _dataset_input(
                "a", "d1", {"mlflow.data.context": "train", "x": "y"}, schema='{"s": 1}', profile='{"p": 2}'
            ),
            _dataset_input("b", "d2", {}, source_type="s3", source='{"uri": "s3://x"}'),
        ],
    )
    return _inputs(world, run_id)


@step("the same dataset in two runs of one experiment")
def _(world: World) -> Any:
    first, second = world.new_run(), world.new_run()
    world.client.log_inputs(first, [_dataset_input("shared", "d1", {"k": "1"}, schema="one")])
    world.client.log_inputs(second, [_dataset_input("shared", "d1", {"k": "2"}, schema="two")])
    return [_inputs(world, first), _inputs(world, second)]


@step("the same dataset twice in one run")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_inputs(run_id, [_dataset_input("twice", "d1", {"k": "1"})])
    answer = attempt(world.client.log_inputs, run_id, [_dataset_input("twice", "d1", {"k": "2", "l": "3"})])
    return {"answer": answer, "kept": _inputs(world, run_id)}


@step("the same dataset twice in one call")
def _(world: World) -> Any:
    run_id = world.new_run()
    twice = [_dataset_input("twice", "d9", {"k": "1"}), _dataset_input("twice", "d9", {"k": "2"})]
    answer = attempt(world.client.log_inputs, run_id, twice)
    return {"answer": answer, "kept": _inputs(world, run_id)}


@step("one name with two digests")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_inputs(run_id, [_dataset_input("same", "d1", {}), _dataset_input("same", "d2", {})])
    return _inputs(world, run_id)


@step("dataset fields that are too long")
def _(world: World) -> Any:
    def log(**fields: Any) -> Any:
        name, digest, tags = fields.pop("name", "n"), fields.pop("digest", "d"), fields.pop("tags", {})
        run_id = world.new_run()
        answer = attempt(world.client.log_inputs, run_id, [_dataset_input(name, digest, tags, **fields)])
        return [answer, len(_inputs(world, run_id))]

    return {
        "name of 500": log(name="n" * 500), "name of 501": log(name="n" * 501), "digest of 36": log(digest="d" * 36),
        "digest of 37": log(digest="d" * 37), "tag key of 255": log(tags={"k" * 255: "v"}),
        "tag key of 256": log(tags={"k" * 256: "v"}), "tag value of 500": log(tags={"k": "v" * 500}),
        "tag value of 501": log(tags={"k": "v" * 501}), "source of 65536": log(source="s" * 65536),
        "schema of 1048576": log(schema="s" * 1048576), "empty name": log(name=""), "empty digest": log(digest=""),
    }  # fmt: skip


@step("inputs of a deleted run")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.delete_run(run_id)
    return attempt(world.client.log_inputs, run_id, [_dataset_input("a", "d1", {})])


@step("a dataset of numpy arrays")
def _(world: World) -> Any:
    import numpy as np

    dataset = mlflow.data.from_numpy(np.arange(12.0).reshape(4, 3), targets=np.array([0, 1, 0, 1]), name="grid")
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"kind": "toy"})
    return {
        "name": dataset.name, "profile": dataset.profile, "source": list(dataset.source.to_dict()),
        "kept": _without_source(world, run),
    }  # fmt: skip


def _without_source(world: World, run: Any) -> Any:
    """A run's inputs without their source, which names this program; digests of data have a step of their own."""
    kept = _inputs(world, run.info.run_id)
    return [
        {**{key: value for key, value in item.items() if key != "source"}, "digest": len(item["digest"])}
        for item in kept
    ]


@step("the digest follows the data")
def _(world: World) -> Any:
    import numpy as np
    import pandas as pd

    def table(value: float) -> Any:
        return pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, value]})

    numpy_digests = [mlflow.data.from_numpy(np.full((2, 2), value)).digest for value in (0.0, 0.0, 1.0)]
    pandas_digests = [mlflow.data.from_pandas(table(value)).digest for value in (0.0, 0.0, 1.0)]
    return {
        "numpy": numpy_digests, "pandas": pandas_digests,
        "equal data": [numpy_digests[0] == numpy_digests[1], pandas_digests[0] == pandas_digests[1]],
        "other data": [numpy_digests[0] == numpy_digests[2], pandas_digests[0] == pandas_digests[2]],
        "lengths": [len(numpy_digests[0]), len(pandas_digests[0])],
    }  # fmt: skip


@step("schemas are objects of mlflow.types")
def _(world: World) -> Any:
    import numpy as np
    import pandas as pd

    array = mlflow.data.from_numpy(np.zeros((4, 3)), targets=np.zeros(4))
    frame = mlflow.data.from_pandas(pd.DataFrame({"x": [1, 2, 3], "flag": [True, False, True]}))
    return {"numpy": attempt(lambda: array.schema.to_dict()), "pandas": attempt(lambda: frame.schema.to_dict())}


@step("a dataset of a pandas frame")
def _(world: World) -> Any:
    import pandas as pd

    frame = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5], "flag": [True, False, True]})
    dataset = mlflow.data.from_pandas(frame, source="s3://bucket/frame.csv", targets="flag", name="frame")
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="eval")
    return {
        "name": dataset.name, "profile": dataset.profile, "source": dataset.source.to_json(),
        "targets": dataset.targets, "kept": _without_source(world, run),
    }  # fmt: skip


@step("datasets without a name or a context")
def _(world: World) -> Any:
    import numpy as np

    dataset = mlflow.data.from_numpy(np.zeros((2, 2)))
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        mlflow.log_input(dataset)
    return {"name": dataset.name, "kept": _without_source(world, run)}


@step("fluent log_inputs logs several datasets")
def _(world: World) -> Any:
    import numpy as np

    datasets = [mlflow.data.from_numpy(np.full((2, 2), float(number)), name=f"set {number}") for number in range(3)]
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        mlflow.log_inputs(datasets=datasets, contexts=["train", "val", None], tags_list=[{"a": "1"}, None, {"b": "2"}])
    return _without_source(world, run)


@step("fluent log_inputs with lists that do not match")
def _(world: World) -> Any:
    import numpy as np

    datasets = [mlflow.data.from_numpy(np.zeros((2, 2)), name="one")]
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run():
        return attempt(mlflow.log_inputs, datasets=datasets, contexts=["train", "val"], tags_list=[None])


@step("a pandas dataset whose target is not a column")
def _(world: World) -> Any:
    import pandas as pd

    return attempt(lambda: mlflow.data.from_pandas(pd.DataFrame({"x": [1]}), targets="nope").name)


@step("the source of a logged dataset can be found again")
def _(world: World) -> Any:
    import numpy as np

    dataset = mlflow.data.from_numpy(np.zeros((2, 2)), source="s3://bucket/array.npy", name="found")
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        mlflow.log_input(dataset)
    logged = mlflow.get_run(run.info.run_id).inputs.dataset_inputs[0].dataset
    source = mlflow.data.get_source(logged)
    return {"type": type(source).__name__, "uri": source.to_dict(), "source": logged.source}
