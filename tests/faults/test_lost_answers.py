"""The answer is lost on its way and the client asks again: the thing is done once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator

import pytest

from mlflow.api.aliases import GetVersionByAlias, SetAlias
from mlflow.api.experiments import CreateExperiment, DeleteExperiment, GetExperimentByName
from mlflow.api.model_versions import CreateModelVersion
from mlflow.api.prompts import GetAliasHistory, RollBackAlias
from mlflow.api.registered_models import CreateRegisteredModel
from mlflow.api.runs import CreateRun, SearchRuns
from mlflow.api.tags import DeleteTag, SetTag
from mlflow.client import MlflowClient
from mlflow.entities.model_version import ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, SOURCE, TEXT
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.exceptions import MlflowException
from mlflow.store.rest import RestStore
from tests.faults.forked import ForkedServer
from tests.faults.proxy import CuttingProxy
from tests.faults.wire import Answer, Wire


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")


@pytest.fixture
def proxy(server: ForkedServer) -> Iterator[CuttingProxy]:
    with CuttingProxy(server.port) as between:
        yield between


@pytest.fixture
def store(proxy: CuttingProxy) -> Iterator[RestStore]:
    """The client, behind the proxy."""
    opened = RestStore(proxy.url)
    yield opened
    opened.close()


@pytest.fixture
def experiment(store: RestStore) -> str:
    return store.call(CreateExperiment(name=uuid.uuid4().hex)).experiment_id


@pytest.fixture
def prompt(store: RestStore) -> str:
    """The name of a prompt without versions."""
    call = CreateRegisteredModel(name=f"prompt-{uuid.uuid4().hex}", tags=[RegisteredModelTag(IS_PROMPT, "true")])
    return store.call(call).registered_model.name


def new_version(prompt: str) -> CreateModelVersion:
    return CreateModelVersion(name=prompt, source=SOURCE, tags=[ModelVersionTag(TEXT, "x")])


@pytest.mark.parametrize("kept_bytes", [0, 60], ids=["all of it lost", "cut in its middle"])
def test_a_run_whose_answer_is_lost_twice_is_made_once(
    store: RestStore, proxy: CuttingProxy, experiment: str, kept_bytes: int
) -> None:
    proxy.kept_bytes, proxy.cuts_left = kept_bytes, 2

    run = store.call(CreateRun(experiment_id=experiment)).run

    assert proxy.cut == 2
    found = store.call(SearchRuns(experiment_ids=[experiment])).runs
    assert [each.info.run_id for each in found] == [run.info.run_id]


def test_an_experiment_whose_answer_is_lost_is_made_and_not_refused_as_taken(
    store: RestStore, proxy: CuttingProxy
) -> None:
    name = uuid.uuid4().hex
    proxy.cuts_left = 1

    made = store.call(CreateExperiment(name=name))

    assert proxy.cut == 1
    assert store.call(GetExperimentByName(experiment_name=name)).experiment.experiment_id == made.experiment_id


def test_deletions_whose_answers_are_lost_are_not_refused_the_second_time(
    store: RestStore, proxy: CuttingProxy, experiment: str
) -> None:
    run = store.call(CreateRun(experiment_id=experiment)).run.info.run_id
    store.call(SetTag(run_id=run, key="a", value="b"))

    proxy.cuts_left = 1
    store.call(DeleteTag(run_id=run, key="a"))
    proxy.cuts_left = 1
    store.call(DeleteExperiment(experiment_id=experiment))

    assert proxy.cut == 2


@pytest.mark.parametrize("kept_bytes", [0, 60], ids=["all of it lost", "cut in its middle"])
def test_a_prompt_whose_answers_are_lost_gets_one_version(
    store: RestStore, proxy: CuttingProxy, prompt: str, kept_bytes: int
) -> None:
    proxy.kept_bytes, proxy.cuts_left = kept_bytes, 2

    made = store.call(new_version(prompt)).model_version

    assert proxy.cut == 2
    assert made.version == "1"
    assert store.call(new_version(prompt)).model_version.version == "2"


def test_a_prompt_registered_by_the_sdk_gets_one_version_whichever_answer_is_lost(proxy: CuttingProxy) -> None:
    client = MlflowClient(proxy.url)
    for lost in range(3):
        name = f"prompt-{uuid.uuid4().hex}"
        proxy.skipped, proxy.cuts_left = lost, 1

        assert client.register_prompt(name, "{{x}}").version == 1

        assert proxy.cuts_left == 0
        assert len(client.search_prompt_versions(name)) == 1


def test_an_alias_whose_answer_is_lost_is_moved_once(store: RestStore, proxy: CuttingProxy, prompt: str) -> None:
    store.call(new_version(prompt))
    proxy.cuts_left = 1

    store.call(SetAlias(name=prompt, alias="live", version="1"))

    assert proxy.cut == 1
    (change,) = store.call(GetAliasHistory(name=prompt, alias="live")).changes
    assert (change.from_version, change.to_version) == (None, "1")


def test_a_roll_back_whose_answer_is_lost_goes_back_one_move(
    store: RestStore, proxy: CuttingProxy, prompt: str
) -> None:
    for number in ("1", "2", "3"):
        store.call(new_version(prompt))
        store.call(SetAlias(name=prompt, alias="live", version=number))
    proxy.cuts_left = 1

    back = store.call(RollBackAlias(name=prompt, alias="live")).model_version

    assert proxy.cut == 1
    assert back.version == "2"
    assert store.call(GetVersionByAlias(name=prompt, alias="live")).model_version.version == "2"


def test_what_was_refused_once_is_refused_again(store: RestStore, proxy: CuttingProxy) -> None:
    proxy.cuts_left = 1

    with pytest.raises(MlflowException) as refused:
        store.call(CreateRun(experiment_id="987654321"))

    assert proxy.cut == 1
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_sixteen_with_the_same_key_at_once_get_the_same_run(server: ForkedServer, experiment: str) -> None:
    key = uuid.uuid4().hex

    answers = _at_once(server, lambda wire: wire.post("runs/create", {"experiment_id": experiment}, key))

    assert [answer.status for answer in answers] == [200] * 16
    assert len({answer.body["run"]["info"]["run_id"] for answer in answers}) == 1
    wire = Wire(server.port)
    assert len(wire.post("runs/search", {"experiment_ids": [experiment]}).body["runs"]) == 1
    wire.close()


def test_sixteen_with_the_same_key_at_once_get_the_same_experiment(server: ForkedServer) -> None:
    key = uuid.uuid4().hex

    answers = _at_once(server, lambda wire: wire.post("experiments/create", {"name": key}, key))

    assert [answer.status for answer in answers] == [200] * 16
    assert len({answer.body["experiment_id"] for answer in answers}) == 1


def test_sixteen_with_the_same_key_at_once_get_the_same_version(server: ForkedServer, prompt: str) -> None:
    key = uuid.uuid4().hex
    body = {"name": prompt, "source": SOURCE, "tags": [{"key": TEXT, "value": "x"}]}

    answers = _at_once(server, lambda wire: wire.post("model-versions/create", body, key))

    assert [answer.status for answer in answers] == [200] * 16
    assert {answer.body["model_version"]["version"] for answer in answers} == {"1"}


def _at_once(server: ForkedServer, ask: Callable[[Wire], Answer]) -> list[Answer]:
    """Ask from sixteen threads in the same moment."""
    answers: list[Answer] = []
    ready = threading.Barrier(16)

    def client() -> None:
        wire = Wire(server.port)
        wire.get("experiments/get?experiment_id=0")  # connected
        ready.wait(30)
        answers.append(ask(wire))
        wire.close()

    threads = [threading.Thread(target=client) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
