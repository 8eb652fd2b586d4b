"""Answers to Calls on what runs read and made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, select

from mlflow.api.inputs import SUMMARIES_LIMIT, DatasetSummaries, LogInputs, LogOutputs, SearchDatasets
from mlflow.entities import (
    Dataset,
    DatasetInput,
    DatasetSummary,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    RunInputs,
    RunOutputs,
)
from mlflow.store.sql.answers.experiments import number_of
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.answers.run_state import active_run
from mlflow.store.sql.statements import Statement, among, insert
from mlflow.store.sql.tables import (
    dataset_input_tags,
    dataset_inputs,
    datasets,
    model_inputs,
    model_outputs,
    runs,
)
from mlflow.store.sql.transaction import Transaction

_CONTEXT_TAG = "mlflow.data.context"

_EXPERIMENT = Statement(select(runs.c.experiment).where(runs.c.id == bindparam("run")))
_ADD_DATASET = Statement(
    insert(datasets)
    .values(
        {
            name: bindparam(name)
            for name in ("experiment", "name", "digest", "source_type", "source", "schema", "profile")
        }
    )
    .on_conflict_do_nothing()
)
_DATASET = Statement(
    select(datasets.c.id).where(
        datasets.c.experiment == bindparam("experiment"),
        datasets.c.name == bindparam("name"),
        datasets.c.digest == bindparam("digest"),
    )
)
_ADD_INPUT = Statement(
    insert(dataset_inputs).values(run=bindparam("run"), dataset=bindparam("dataset")).on_conflict_do_nothing()
)
_ADD_INPUT_TAG = Statement(
    insert(dataset_input_tags)
    .values(run=bindparam("run"), dataset=bindparam("dataset"), key=bindparam("key"), value=bindparam("value"))
    .on_conflict_do_nothing()
)
_ADD_MODEL_INPUT = Statement(
    insert(model_inputs).values(run=bindparam("run"), model_id=bindparam("model_id")).on_conflict_do_nothing()
)
_ADD_MODEL_OUTPUT = Statement(
    insert(model_outputs)
    .values(run=bindparam("run"), model_id=bindparam("model_id"), step=bindparam("step"))
    .on_conflict_do_nothing()
)
_INPUTS = Statement(
    select(
        dataset_inputs.c.run,
        dataset_inputs.c.dataset,
        datasets.c.name,
        datasets.c.digest,
        datasets.c.source_type,
        datasets.c.source,
        datasets.c.schema,
        datasets.c.profile,
    )
    .join(datasets, datasets.c.id == dataset_inputs.c.dataset)
    .where(among(dataset_inputs.c.run, "ids"))
    .order_by(dataset_inputs.c.run, dataset_inputs.c.dataset)
)
_INPUT_TAGS = Statement(select(dataset_input_tags).where(among(dataset_input_tags.c.run, "ids")))
_MODEL_INPUTS = Statement(select(model_inputs).where(among(model_inputs.c.run, "ids")))
_MODEL_OUTPUTS = Statement(select(model_outputs).where(among(model_outputs.c.run, "ids")))
_SUMMARIES = Statement(
    select(datasets.c.experiment, datasets.c.name, datasets.c.digest, dataset_input_tags.c.value)
    .join(dataset_inputs, dataset_inputs.c.dataset == datasets.c.id)
    .outerjoin(
        dataset_input_tags,
        and_(
            dataset_input_tags.c.run == dataset_inputs.c.run,
            dataset_input_tags.c.dataset == datasets.c.id,
            dataset_input_tags.c.key == _CONTEXT_TAG,
        ),
    )
    .where(among(datasets.c.experiment, "experiments"))
    .distinct()
    .order_by(datasets.c.experiment, datasets.c.name, datasets.c.digest, dataset_input_tags.c.value)
    .limit(SUMMARIES_LIMIT)
)


@writes(LogInputs)
def log_inputs(transaction: Transaction, call: LogInputs) -> None:
    """Add data sets to the experiment, and their use, with its tags, to the run."""
    run = active_run(transaction, call.run_id)
    experiment = transaction.rows(_EXPERIMENT, run=run)[0][0]
    # In an order that is the same for everybody, so that writers cannot lock each other.
    for used in sorted(call.datasets, key=lambda used: (used.dataset.name, used.dataset.digest)):
        data = used.dataset
        transaction.write(
            _ADD_DATASET,
            experiment=experiment,
            name=data.name,
            digest=data.digest,
            source_type=data.source_type,
            source=data.source,
            schema=data.schema,
            profile=data.profile,
        )
        dataset = transaction.rows(_DATASET, experiment=experiment, name=data.name, digest=data.digest)[0][0]
        if transaction.write(_ADD_INPUT, run=run, dataset=dataset):
            for tag in used.tags:
                transaction.write(_ADD_INPUT_TAG, run=run, dataset=dataset, key=tag.key, value=tag.value)
    for model in sorted(call.models, key=lambda model: model.model_id):
        transaction.write(_ADD_MODEL_INPUT, run=run, model_id=model.model_id)


@writes(LogOutputs)
def log_outputs(transaction: Transaction, call: LogOutputs) -> None:
    """Add logged models that the run made."""
    run = active_run(transaction, call.run_id)
    for model in sorted(call.models, key=lambda model: (model.model_id, model.step)):
        transaction.write(_ADD_MODEL_OUTPUT, run=run, model_id=model.model_id, step=model.step)


@reads(SearchDatasets)
def search_datasets(transaction: Transaction, call: SearchDatasets) -> DatasetSummaries:
    """List data sets with the contexts they were used in."""
    numbers = transaction.database.array(number_of(experiment_id) for experiment_id in call.experiment_ids)
    rows = transaction.rows(_SUMMARIES, experiments=numbers)
    return DatasetSummaries([DatasetSummary(str(number), name, digest, use) for number, name, digest, use in rows])


def inputs_of(transaction: Transaction, ids: Any) -> dict[int, RunInputs]:
    """Return what each run read; runs that read nothing are left out."""
    found: dict[int, RunInputs] = {}
    rows = transaction.rows(_INPUTS, ids=ids)
    tags: dict[tuple[int, int], list[InputTag]] = {}
    if rows:
        for run, dataset, key, value in transaction.rows(_INPUT_TAGS, ids=ids):
            tags.setdefault((run, dataset), []).append(InputTag(key, value))
    for run, dataset, *fields in rows:
        used = DatasetInput(Dataset(*fields), tags.get((run, dataset), []))
        found.setdefault(run, RunInputs()).dataset_inputs.append(used)
    for run, model_id in transaction.rows(_MODEL_INPUTS, ids=ids):
        found.setdefault(run, RunInputs()).model_inputs.append(LoggedModelInput(model_id))
    return found


def outputs_of(transaction: Transaction, ids: Any) -> dict[int, RunOutputs]:
    """Return what each run made; runs that made nothing are left out."""
    found: dict[int, RunOutputs] = {}
    for run, model_id, step in transaction.rows(_MODEL_OUTPUTS, ids=ids):
        found.setdefault(run, RunOutputs()).model_outputs.append(LoggedModelOutput(model_id, step))
    return found
