"""What every store promises about runs as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from mlflow.api import Call
from mlflow.api.inputs import LogInputs, LogOutputs, SearchDatasets
from mlflow.api.metrics import LogMetric
from mlflow.api.params import LogParam
from mlflow.api.runs import CreateRun, DeleteRun, GetRun, LogBatch, LogModel, RestoreRun, UpdateRun
from mlflow.api.tags import DeleteTag, SetTag
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunTag,
)
from mlflow.store.base import Store
from tests.contract.conftest import NewRun
from tests.contract.errors import refused

Read = Callable[[str], Run]


def test_a_new_run_is_running_and_has_what_it_was_given(store: Store, experiment: str, read: Read) -> None:
    call = CreateRun(
        experiment_id=experiment, user_id="ada", run_name="first", start_time=5, tags=[RunTag("phase", "dev")]
    )
    made = store.call(call).run

    assert re.fullmatch("[0-9a-f]{32}", made.info.run_id)
    assert (made.info.status, made.info.user_id, made.info.run_name) == ("RUNNING", "ada", "first")
    assert (made.info.start_time, made.info.end_time, made.info.lifecycle_stage) == (5, None, "active")
    assert made.data.tags == {"phase": "dev", "mlflow.runName": "first"}
    assert (made.info.artifact_uri or "").endswith(f"/{experiment}/{made.info.run_id}/artifacts")
    assert read(made.info.run_id) == made


def test_a_run_without_a_name_gets_one(new_run: NewRun) -> None:
    made = new_run()

    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", made.info.run_name or "")
    assert made.data.tags["mlflow.runName"] == made.info.run_name


def test_the_name_may_be_given_as_a_tag(new_run: NewRun) -> None:
    assert new_run(tags={"mlflow.runName": "by tag"}).info.run_name == "by tag"


def test_two_different_names_are_refused(store: Store, experiment: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "differ"):
        store.call(CreateRun(experiment_id=experiment, run_name="a", tags=[RunTag("mlflow.runName", "b")]))


def test_a_run_needs_an_experiment_that_exists(store: Store) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST", "987654321"):
        store.call(CreateRun(experiment_id="987654321"))
    with refused("INVALID_PARAMETER_VALUE", "experiment_id"):
        store.call(CreateRun())


def test_an_unknown_run_is_not_found_by_any_call(store: Store) -> None:
    unknown = "f" * 32
    calls: tuple[Call[Any], ...] = (
        GetRun(run_id=unknown),
        DeleteRun(run_id=unknown),
        RestoreRun(run_id=unknown),
        UpdateRun(run_id=unknown, status="FINISHED"),
        LogMetric(run_id=unknown, key="m", value=1, timestamp=1),
        LogParam(run_id=unknown, key="p", value="1"),
        SetTag(run_id=unknown, key="t", value="1"),
        DeleteTag(run_id=unknown, key="t"),
        LogBatch(run_id=unknown),
        LogInputs(run_id=unknown),
    )
    for call in calls:
        with refused("RESOURCE_DOES_NOT_EXIST", unknown):
            store.call(call)


def test_updating_changes_only_what_is_given(store: Store, run: str, read: Read) -> None:
    name = read(run).info.run_name

    info = store.call(UpdateRun(run_id=run, status="FINISHED", end_time=99)).run_info
    assert (info.status, info.end_time, info.run_name) == ("FINISHED", 99, name)

    info = store.call(UpdateRun(run_id=run, run_name="renamed")).run_info
    assert (info.status, info.end_time, info.run_name) == ("FINISHED", 99, "renamed")
    assert read(run).data.tags["mlflow.runName"] == "renamed"


def test_a_status_may_be_given_by_number(store: Store, run: str) -> None:
    assert store.call(UpdateRun(run_id=run, status=4)).run_info.status == "FAILED"


def test_an_unknown_status_is_refused_and_changes_nothing(store: Store, run: str, read: Read) -> None:
    with refused("INVALID_PARAMETER_VALUE", "RUNNING"):
        store.call(UpdateRun(run_id=run, status="BOGUS", end_time=5))

    assert read(run).info.end_time is None


def test_setting_the_name_tag_renames_the_run(store: Store, run: str, read: Read) -> None:
    store.call(SetTag(run_id=run, key="mlflow.runName", value="by tag"))

    assert read(run).info.run_name == "by tag"


def test_deleting_and_restoring_a_run_may_be_repeated(store: Store, run: str, read: Read) -> None:
    for _ in range(2):
        store.call(DeleteRun(run_id=run))
        assert read(run).info.lifecycle_stage == "deleted"
    for _ in range(2):
        store.call(RestoreRun(run_id=run))
        assert read(run).info.lifecycle_stage == "active"


def test_an_update_answers_with_what_the_run_is_now(store: Store, run: str, read: Read) -> None:
    answer = store.call(UpdateRun(run_id=run, status="FINISHED", run_name="new", end_time=9))

    assert answer.run_info == read(run).info
    assert (answer.run_info.lifecycle_stage, answer.run_info.status) == ("active", "FINISHED")


def test_nothing_is_written_to_a_deleted_run(store: Store, run: str, read: Read) -> None:
    store.call(DeleteRun(run_id=run))
    before = read(run)

    calls: tuple[Call[Any], ...] = (
        UpdateRun(run_id=run, status="FINISHED"),
        LogMetric(run_id=run, key="m", value=1, timestamp=1),
        LogParam(run_id=run, key="p", value="1"),
        SetTag(run_id=run, key="t", value="1"),
        LogBatch(run_id=run, tags=[RunTag("t", "1")]),
        LogInputs(run_id=run, models=[LoggedModelInput("m-1")]),
    )
    for call in calls:
        with refused("INVALID_PARAMETER_VALUE", "active"):
            store.call(call)

    assert read(run) == before


def test_a_tag_is_overwritten_and_deleted(store: Store, run: str, read: Read) -> None:
    store.call(SetTag(run_id=run, key="t", value="1"))
    store.call(SetTag(run_id=run, key="t", value="2"))
    assert read(run).data.tags["t"] == "2"

    store.call(DeleteTag(run_id=run, key="t"))
    assert "t" not in read(run).data.tags
    with refused("RESOURCE_DOES_NOT_EXIST", "t"):
        store.call(DeleteTag(run_id=run, key="t"))


def test_a_long_tag_value_is_cut(store: Store, run: str, read: Read) -> None:
    store.call(SetTag(run_id=run, key="long", value="x" * 9000))

    assert len(read(run).data.tags["long"]) == 8000


def test_a_batch_stores_everything_it_holds(store: Store, run: str, read: Read) -> None:
    store.call(LogBatch(run_id=run, metrics=[Metric("m", 0.5, 1, 2)], params=[Param("p", "v")], tags=[RunTag("t", "")]))

    data = read(run).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 0.5}, {"p": "v"}, "")


def test_a_batch_with_a_conflicting_param_stores_nothing(store: Store, run: str, read: Read) -> None:
    store.call(LogParam(run_id=run, key="p", value="old"))
    before = read(run)

    with refused("INVALID_PARAMETER_VALUE", "Changing param values"):
        store.call(
            LogBatch(
                run_id=run,
                metrics=[Metric("m", 1, 1, 1)],
                params=[Param("a", "1"), Param("p", "new")],
                tags=[RunTag("t", "1")],
            )
        )

    assert read(run) == before


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"metrics": [Metric(f"m{n}", 1, 1) for n in range(1001)]}, "at most 1000 metrics"),
        ({"params": [Param(f"p{n}", "") for n in range(101)]}, "at most 100 params"),
        ({"tags": [RunTag(f"t{n}", "") for n in range(101)]}, "at most 100 tags"),
        (
            {"metrics": [Metric(f"m{n}", 1, 1) for n in range(950)], "params": [Param(f"p{n}", "") for n in range(60)]},
            "at most 1000 metrics, params and tags",
        ),
        ({"params": [Param("p", "1"), Param("p", "1")]}, "Duplicate parameter keys"),
        ({"metrics": [Metric("/m", 1, 1)]}, "Invalid metric name"),
        ({"metrics": [Metric("m", 1, -1)]}, "timestamp"),
        ({"params": [Param("..", "1")]}, "Invalid param name"),
        ({"tags": [RunTag("", "1")]}, "Invalid tag name"),
    ],
)
def test_a_batch_that_breaks_a_rule_is_refused_whole(
    store: Store, run: str, read: Read, batch: dict[str, object], message: str
) -> None:
    before = read(run)

    with refused("INVALID_PARAMETER_VALUE", message):
        store.call(LogBatch(run_id=run, **batch))  # type: ignore[arg-type]

    assert read(run) == before


def test_inputs_and_outputs_come_back_with_the_run(store: Store, run: str, read: Read) -> None:
    used = DatasetInput(
        Dataset("digits", "d1", "local", "{}", "schema", None), [InputTag("mlflow.data.context", "training")]
    )
    store.call(LogInputs(run_id=run, datasets=[used], models=[LoggedModelInput("m-in")]))
    store.call(LogInputs(run_id=run, datasets=[used]))
    store.call(LogOutputs(run_id=run, models=[LoggedModelOutput("m-out", 3)]))

    found = read(run)
    assert found.inputs.dataset_inputs == [used]
    assert found.inputs.model_inputs == [LoggedModelInput("m-in")]
    assert found.outputs.model_outputs == [LoggedModelOutput("m-out", 3)]


def test_data_sets_of_an_experiment_are_listed_once_for_each_context(
    store: Store, experiment: str, new_run: NewRun
) -> None:
    for context in ("training", "training", "test"):
        used = DatasetInput(Dataset("digits", "d1", "local", "{}"), [InputTag("mlflow.data.context", context)])
        store.call(LogInputs(run_id=new_run().info.run_id, datasets=[used]))

    found = store.call(SearchDatasets(experiment_ids=[experiment])).dataset_summaries

    assert [(data.name, data.digest, data.context) for data in found] == [
        ("digits", "d1", "test"),
        ("digits", "d1", "training"),
    ]


@pytest.mark.parametrize("field", ["name", "digest", "source"])
def test_a_data_set_needs_its_name_digest_and_source(store: Store, run: str, field: str) -> None:
    fields = {"name": "a", "digest": "b", "source_type": "local", "source": "c", field: ""}

    with refused("INVALID_PARAMETER_VALUE", field):
        store.call(LogInputs(run_id=run, datasets=[DatasetInput(Dataset(**fields))]))


def test_a_logged_model_is_noted_in_the_tag_of_old_clients(store: Store, run: str, read: Read) -> None:
    model = json.dumps({"artifact_path": "model", "flavors": {}, "utc_time_created": "now", "run_id": run})

    store.call(LogModel(run_id=run, model_json=model))
    store.call(LogModel(run_id=run, model_json=model))

    assert read(run).data.tags["mlflow.log-model.history"].count('"artifact_path":"model"') == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run_id": 1}', "{" * 3000])
def test_a_text_that_is_no_model_is_refused(store: Store, run: str, text: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "model_json"):
        store.call(LogModel(run_id=run, model_json=text))
