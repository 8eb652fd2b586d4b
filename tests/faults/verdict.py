"""Comparing journals with what a store holds: acknowledged once, unanswered wholly or not at all, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlflow.api.experiments import SearchExperiments
from mlflow.api.metrics import GetMetricHistory
from mlflow.api.runs import GetRun, SearchRuns
from mlflow.entities import Metric, Run
from mlflow.store.base import Store
from tests.faults.client import Write
from tests.faults.writers import BATCH_METRICS, LOOSE_METRIC, Kind, Writer


@dataclass
class Tally:
    """How much was judged, so that a test can say that there was something to judge."""

    acknowledged: int = 0
    unanswered: int = 0
    unanswered_yet_done: int = 0


def judge(store: Store, journals: Sequence[Writer], others: Iterable[str] = ()) -> Tally:
    """Compare everything the writers noted with everything the store holds.

    Args:
        store: the store, or one on the same database.
        journals: all writers there were.
        others: tags `journal` of further runs that are there, one each.

    Raises:
        AssertionError: naming the write that is missing, doubled, or there in part.
    """
    tally = Tally()
    tags = Counter(
        run.data.tags.get("journal", f"a run without its tags: {run.info.run_id}") for run in _all_runs(store)
    )
    experiments = Counter(
        experiment.tags.get("journal", f"an experiment without its tags: {experiment.name}")
        for experiment in store.call(SearchExperiments(max_results=50_000)).experiments
        if experiment.experiment_id != "0"
    )
    for writer in journals:
        _once(tally, writer, "run", tags)
        _once(tally, writer, "experiment", experiments)
        if writer.run_id:
            run = store.call(GetRun(run_id=writer.run_id)).run
            _judge_loose_metric(tally, store, writer)
            _judge_batches(tally, store, writer, run)
            _judge_counter(tally, writer, run)
            _judge_latest(store, run)
    tags -= Counter(others)
    assert not +tags, f"runs that nobody asked for: {+tags}"
    assert not +experiments, f"experiments that nobody asked for: {+experiments}"
    return tally


def _all_runs(store: Store) -> Iterable[Run]:
    token = None
    while True:
        page = store.call(SearchRuns(experiment_ids=["0"], max_results=5000, page_token=token))
        yield from page.runs
        token = page.next_page_token
        if not token:
            return


def _of(writer: Writer, kind: Kind) -> list[Write]:
    return [write for write in writer.journal if write.kind == kind]


def _note(tally: Tally, write: Write, there: bool) -> None:
    if write.acknowledged:
        tally.acknowledged += 1
    else:
        tally.unanswered += 1
        tally.unanswered_yet_done += there


def _once(tally: Tally, writer: Writer, kind: Kind, found: Counter[str]) -> None:
    """Judge the writes of a kind by their marks, and take them out of what was found."""
    for write in _of(writer, kind):
        count = found.pop(writer.key(write), 0)
        allowed = (1,) if write.acknowledged else (0, 1)
        assert count in allowed, f"{kind} {writer.key(write)} is there {count} times; {write}"
        _note(tally, write, bool(count))


def _history(store: Store, run_id: str, key: str) -> list[Metric]:
    return store.call(GetMetricHistory(run_id=run_id, metric_key=key)).metrics


def _judge_loose_metric(tally: Tally, store: Store, writer: Writer) -> None:
    points = Counter(
        (point.step, point.timestamp, point.value) for point in _history(store, writer.run_id, LOOSE_METRIC)
    )
    for write in _of(writer, "metric"):
        count = points.pop((write.step, 1_000 + write.number, write.number / 2), 0)
        assert count == 1 or (count == 0 and not write.acknowledged), f"metric {writer.key(write)}: {count}; {write}"
        _note(tally, write, bool(count))
    assert not +points, f"points that nobody logged: {+points}"


def _judge_batches(tally: Tally, store: Store, writer: Writer, run: Run) -> None:
    names = {name for name in run.data.metrics if name != LOOSE_METRIC}
    steps = {name: Counter(point.step for point in _history(store, writer.run_id, name)) for name in names}
    for write in _of(writer, "batch"):
        number, key = write.number, writer.key(write)
        there = [run.data.params.get(f"param-{number}-{i}") == key for i in range(2)]
        there += [run.data.tags.get(f"tag-{number}-{i}") == key for i in range(2)]
        counts = [steps.get(f"m{i}-{number // 100}", Counter())[write.step] for i in range(BATCH_METRICS)]
        assert max(counts) <= 1, f"batch {key}: a point is there twice: {counts}"
        there += [bool(count) for count in counts]
        whole, nothing = all(there), not any(there)
        assert whole or (nothing and not write.acknowledged), f"batch {key} is there in part: {there}; {write}"
        _note(tally, write, whole)


def _judge_counter(tally: Tally, writer: Writer, run: Run) -> None:
    """The tag must hold the last acknowledged number, or one that was sent later and never answered."""
    sent = _of(writer, "tag")
    last = max((index for index, write in enumerate(sent) if write.acknowledged), default=-1)
    possible = {str(write.number) for write in sent[max(last, 0) :]} | ({None} if last < 0 else set())
    value = run.data.tags.get("counter")
    assert value in possible, f"the counter of {writer.name} is {value}, not one of {possible}"
    for write in sent:
        _note(tally, write, value == str(write.number))


def _judge_latest(store: Store, run: Run) -> None:
    for shown in run.data._metric_objs:
        points = _history(store, run.info.run_id, shown.key)
        latest = max(points, key=lambda point: (point.step, point.timestamp, point.value))
        assert (shown.step, shown.timestamp, shown.value) == (latest.step, latest.timestamp, latest.value), (
            f"the latest {shown.key} of run {run.info.run_id} is {shown}, its history says {latest}"
        )
