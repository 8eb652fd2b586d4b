"""The store that is a server: what is sent, what is tried again, and what the errors say."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow.api.experiments import CreateExperiment, GetExperiment
from mlflow.api.metrics import GetMetricHistory, GetMetricHistoryBulkInterval, LogMetric
from mlflow.api.runs import CreateRun, GetRun, SearchRuns
from mlflow.exceptions import InvalidParameter, InvalidUrlException, MlflowException, RestException, Unavailable
from mlflow.store.http import HttpClient, _wait_seconds
from mlflow.store.rest import RestStore
from tests.servers import free_port
from tests.store.scripted_server import Answer, ScriptedServer, scripted_server

RUN_ID = "a" * 32
RUN = {"run": {"info": {"run_id": RUN_ID, "experiment_id": "0"}}}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def store(server: ScriptedServer) -> Iterator[RestStore]:
    store = RestStore(server.url)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def no_waiting_and_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("MLFLOW_") or name.lower().endswith("_proxy") or name.endswith("_CA_BUNDLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_get_call_travels_in_the_query_with_lists_repeated(server: ScriptedServer, store: RestStore) -> None:
    store.call(GetMetricHistoryBulkInterval(run_ids=["a", "b"], metric_key="loss", start_step=0, end_step=9))

    asked = server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/api/2.0/mlflow/metrics/get-history-bulk-interval")
    assert [value for name, value in asked.query if name == "run_ids"] == ["a", "b"]
    assert ("end_step", "9") in asked.query


def test_a_post_call_travels_as_json_without_its_defaults(server: ScriptedServer, store: RestStore) -> None:
    store.call(SearchRuns(experiment_ids=["1"], filter="metrics.m > 1"))

    assert server.asked[0].headers["Content-Type"] == "application/json"
    assert server.asked[0].json == {"experiment_ids": ["1"], "filter": "metrics.m > 1"}


def test_nan_travels_as_text_in_both_directions(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer({"metrics": [{"key": "m", "value": "NaN", "timestamp": "5", "step": "7"}]}))

    store.call(LogMetric(run_id=RUN_ID, key="m", value=math.nan, timestamp=1))
    page = store.call(GetMetricHistory(run_id=RUN_ID, metric_key="m"))

    assert server.asked[0].json["value"] == "NaN"
    assert math.isnan(page.metrics[0].value)
    assert (page.metrics[0].timestamp, page.metrics[0].step) == (5, 7)


def test_a_bad_call_does_not_leave_the_house(server: ScriptedServer, store: RestStore) -> None:
    with pytest.raises(InvalidParameter):
        store.call(GetRun(run_id=""))

    assert server.asked == []


def test_half_a_sign_does_not_leave_the_house(server: ScriptedServer, store: RestStore) -> None:
    with pytest.raises(InvalidParameter, match="cannot be stored"):
        store.call(CreateExperiment(name="\ud800"))
    with pytest.raises(InvalidParameter, match="cannot be stored"):
        store.call(GetExperiment(experiment_id="\ud800"))

    assert server.asked == []


def test_fields_that_an_older_server_does_not_know_have_their_defaults(
    server: ScriptedServer, store: RestStore
) -> None:
    server.will_answer(Answer(RUN))

    run = store.call(GetRun(run_id=RUN_ID)).run

    assert run.inputs.model_inputs == []
    assert run.outputs.model_outputs == []
    assert run.data.metrics == {}


def test_fields_that_a_newer_server_adds_are_ignored(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer({**RUN, "news": {"a": [1]}}))

    assert store.call(GetRun(run_id=RUN_ID)).run.info.run_id == RUN_ID


# --- tried again ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(server: ScriptedServer, store: RestStore, status: int) -> None:
    server.will_answer(Answer(status=status), Answer(status=status), Answer(RUN))

    assert store.call(GetRun(run_id=RUN_ID)).run.info.run_id == RUN_ID
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_refusal_is_not_tried_again(server: ScriptedServer, store: RestStore, status: int) -> None:
    server.will_answer(Answer(status=status))

    with pytest.raises(RestException):
        store.call(GetRun(run_id=RUN_ID))

    assert len(server.asked) == 1


def test_a_connection_that_breaks_is_tried_again(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer(drop=True), Answer(RUN))

    assert store.call(GetRun(run_id=RUN_ID)).run.info.run_id == RUN_ID


def test_the_number_of_tries_is_a_setting(
    server: ScriptedServer, store: RestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    server.will_answer(Answer({"error_code": "TEMPORARILY_UNAVAILABLE", "message": "busy"}, status=503))

    with pytest.raises(RestException, match="busy") as failure:
        store.call(GetRun(run_id=RUN_ID))

    assert len(server.asked) == 3
    assert failure.value.error_code == "TEMPORARILY_UNAVAILABLE"


def test_waiting_grows_up_to_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "2")

    assert [_wait_seconds(number, None) for number in range(1, 9)] == [0, 4, 8, 16, 32, 64, 120, 120]


def test_a_server_may_say_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _wait_seconds(1, "7") == 7
    assert _wait_seconds(1, "soon") == 0

    monkeypatch.setenv("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "false")
    assert _wait_seconds(1, "7") == 0


def test_a_call_that_must_be_done_once_has_the_same_key_in_every_try(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer(drop=True), Answer(status=503), Answer(RUN))

    store.call(CreateRun(experiment_id="0"))

    keys = {asked.headers["Idempotency-Key"] for asked in server.asked}
    assert len(server.asked) == 3
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_two_calls_have_two_keys(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer(RUN))

    store.call(CreateRun(experiment_id="0"))
    store.call(CreateRun(experiment_id="0"))

    assert server.asked[0].headers["Idempotency-Key"] != server.asked[1].headers["Idempotency-Key"]


def test_a_key_of_the_caller_is_used(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer(RUN))

    store.call(CreateRun(experiment_id="0"), key="mine")

    assert server.asked[0].headers["Idempotency-Key"] == "mine"


def test_a_call_that_may_be_repeated_has_no_key(server: ScriptedServer, store: RestStore) -> None:
    store.call(LogMetric(run_id=RUN_ID, key="m", value=1.0, timestamp=1))

    assert "Idempotency-Key" not in server.asked[0].headers


# --- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_of_the_server_keeps_its_code_and_words(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer({"error_code": "RESOURCE_ALREADY_EXISTS", "message": "taken"}, status=400))

    with pytest.raises(RestException, match="RESOURCE_ALREADY_EXISTS: taken") as failure:
        store.call(CreateExperiment(name="x"))

    assert failure.value.get_http_status_code() == 400


@pytest.mark.parametrize(
    ("status", "code"), [(401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "ENDPOINT_NOT_FOUND")]
)
def test_an_error_page_gets_the_code_of_its_status(
    server: ScriptedServer, store: RestStore, status: int, code: str
) -> None:
    server.will_answer(Answer(b"<html>no   such\npage</html>", status=status))

    with pytest.raises(RestException, match="<html>no such page</html>") as failure:
        store.call(GetExperiment(experiment_id="0"))

    assert failure.value.error_code == code
    assert "hint: " in failure.value.message


def test_a_login_page_instead_of_an_answer_is_told_from_a_server(server: ScriptedServer, store: RestStore) -> None:
    server.will_answer(Answer(b"<html>Please log in</html>"))

    with pytest.raises(MlflowException, match="Please log in") as failure:
        store.call(GetExperiment(experiment_id="0"))

    assert "hint: is this the address of an MLflow server" in failure.value.message


def test_when_nobody_listens_the_error_names_the_url_and_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    port = free_port()

    with pytest.raises(Unavailable) as failure:
        RestStore(f"http://127.0.0.1:{port}").call(GetExperiment(experiment_id="0"))

    assert f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/get: connection refused (2 tries" in str(failure.value)
    assert f"hint: nothing listens there. Start a server with `mlflow server --port {port}`" in str(failure.value)


def test_a_server_that_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = HttpClient(f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(Unavailable, match="did not answer in time"):
            client.request("GET", "health", timeout_seconds=0.1)
        client.close()


@pytest.mark.parametrize("url", ["http://", "ftp://host", "host:5000", "//host"])
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlException, match="Write http://host:port"):
        HttpClient(url)


def test_a_password_in_the_url_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(Unavailable) as failure:
        RestStore(f"http://me:secret@127.0.0.1:{free_port()}").call(GetExperiment(experiment_id="0"))

    assert "secret" not in str(failure.value)


# --- credentials ------------------------------------------------------------------------------------------------------


def sent_authorization(server: ScriptedServer, url: str | None = None) -> str | None:
    client = HttpClient(url or server.url)
    client.request("GET", "health")
    client.close()
    return server.asked[-1].headers.get("Authorization")


def test_without_credentials_none_are_sent(server: ScriptedServer) -> None:
    assert sent_authorization(server) is None


def test_user_and_password_of_the_environment_are_sent(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pass:word")

    assert sent_authorization(server) == "Basic bWU6cGFzczp3b3Jk"


def test_a_token_is_sent(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")

    assert sent_authorization(server) == "Bearer abc"


def test_credentials_in_the_url_win_and_may_be_quoted(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")

    assert sent_authorization(server, server.url.replace("//", "//me:pass%3Aword@")) == "Basic bWU6cGFzczp3b3Jk"


def test_the_credentials_file_is_read(server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = me\nmlflow_tracking_password = pass:word\n"
    )

    assert sent_authorization(server) == "Basic bWU6cGFzczp3b3Jk"


def test_a_credentials_file_that_cannot_be_read_says_what_it_needs(server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text("me:password")

    with pytest.raises(InvalidParameter, match=r"needs a section \[mlflow\]"):
        sent_authorization(server)


def test_credentials_do_not_go_to_another_host(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")
    client = HttpClient("http://tracking.example")

    client.request("GET", f"{server.url}/bucket/file")
    client.close()

    assert "Authorization" not in server.asked[0].headers


def test_credentials_do_not_follow_a_redirect_to_another_host(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")
    with scripted_server() as other:
        server.will_answer(Answer(status=307, headers={"Location": f"{other.url}/elsewhere"}))
        client = HttpClient(server.url)

        answer = client.request("GET", "here")
        client.close()

        assert answer.status == 200
        assert other.asked[0].path == "/elsewhere"
        assert "Authorization" not in other.asked[0].headers


def test_redirects_can_be_forbidden(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_HTTP_REDIRECTS", "false")
    server.will_answer(Answer(status=307, headers={"Location": "/elsewhere"}))
    client = HttpClient(server.url)

    assert client.request("GET", "here").status == 307
    client.close()


def test_contradicting_tls_settings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", "/ca.pem")

    with pytest.raises(InvalidParameter, match="contradict each other"):
        HttpClient("https://host").request("GET", "health")


def test_a_missing_certificate_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", "/no/such/ca.pem")

    with pytest.raises(InvalidParameter, match=r"'/no/such/ca\.pem' does not exist"):
        HttpClient("https://host").request("GET", "health")


def test_a_proxy_of_the_environment_is_used_except_for_hosts_that_need_none(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    client = HttpClient("http://outside.invalid")

    assert client.request("GET", "health").status == 200
    assert server.asked[0].headers["Host"] == "outside.invalid"
    with pytest.raises(Unavailable):
        HttpClient(f"http://127.0.0.1:{free_port()}").request("GET", "health")
    assert len(server.asked) == 1
    client.close()


# --- bytes ------------------------------------------------------------------------------------------------------------


def test_a_file_is_sent_again_from_where_it_stood(server: ScriptedServer) -> None:
    server.will_answer(Answer(status=503), Answer())
    file = io.BytesIO(b"skipped|content")
    file.seek(8)
    client = HttpClient(server.url)

    client.request("PUT", "file", body=file, headers={"Content-Length": "7"})
    client.close()

    assert [asked.body for asked in server.asked] == [b"content", b"content"]


def test_pieces_that_cannot_be_had_again_are_sent_once(server: ScriptedServer) -> None:
    server.will_answer(Answer(status=503))
    client = HttpClient(server.url)

    answer = client.request("PUT", "file", body=iter([b"con", b"tent"]), headers={"Content-Length": "7"})
    client.close()

    assert answer.status == 503
    assert len(server.asked) == 1


def test_an_answer_can_be_read_in_pieces(server: ScriptedServer) -> None:
    server.will_answer(Answer(b"0123456789"))
    client = HttpClient(server.url)

    answer = client.request("GET", "file", stream=True)

    assert [answer.read(4), answer.read(4), answer.read(4)] == [b"0123", b"4567", b"89"]
    client.close()


def test_a_forked_child_has_connections_of_its_own(server: ScriptedServer) -> None:
    server.will_answer(Answer(RUN))
    store = RestStore(server.url)
    store.call(GetRun(run_id=RUN_ID))

    child = os.fork()
    if child == 0:
        os._exit(0 if store.call(GetRun(run_id=RUN_ID)).run.info.run_id == RUN_ID else 1)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert store.call(GetRun(run_id=RUN_ID)).run.info.run_id == RUN_ID
    store.close()
