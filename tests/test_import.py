"""`import mlflow` is only a door: quick to open, and behind it everything that is promised."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mlflow

HEAVY = (
    "alembic",
    "click",
    "fastapi",
    "lark",
    "matplotlib",
    "msgspec",
    "numpy",
    "pandas",
    "PIL",
    "psutil",
    "re2",
    "rich",
    "sqlalchemy",
    "ssl",
    "typing",
    "urllib3",
    "yaml",
)


def modules_after(code: str) -> set[str]:
    """Return what a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_only_its_door() -> None:
    loaded = modules_after("import mlflow") - modules_after("import __future__, importlib")

    assert loaded == {"mlflow", "mlflow.version"}
    assert loaded.isdisjoint(HEAVY)


def test_logging_to_a_local_database_loads_no_data_science_library_and_no_web_server(tmp_path: Path) -> None:
    code = (
        f"import mlflow\nmlflow.set_tracking_uri('sqlite:///{tmp_path}/runs.db')\n"
        "with mlflow.start_run():\n    mlflow.log_metric('loss', 0.5)\n    mlflow.log_param('lr', 1)"
    )

    loaded = modules_after(code)

    assert "mlflow.store.sql" in loaded
    assert loaded.isdisjoint({"numpy", "pandas", "PIL", "fastapi", "uvicorn", "rich", "click", "urllib3"})


@pytest.mark.parametrize("name", mlflow.__all__)
def test_every_exported_name_can_be_had(name: str) -> None:
    assert getattr(mlflow, name) is not None


@pytest.mark.parametrize("name", mlflow._MODULES)
def test_every_submodule_is_an_attribute(name: str) -> None:
    assert getattr(mlflow, name).__name__ == f"mlflow.{name}"


def test_exported_names_loaded_names_and_names_for_type_checkers_are_the_same() -> None:
    tree = ast.parse(Path(mlflow.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    for_checkers = {
        alias.asname or alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }

    assert set(mlflow.__all__) == set(mlflow._HOME)
    assert for_checkers == set(mlflow._HOME) | set(mlflow._MODULES) - {"version"}
    assert mlflow.__all__ == sorted(mlflow.__all__)


def test_the_directory_lists_what_is_not_loaded_yet() -> None:
    assert {"start_run", "artifacts", "MlflowClient"} <= set(dir(mlflow))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'strat_run'"):
        mlflow.strat_run  # noqa: B018


def test_the_version_is_that_of_the_interface_we_speak() -> None:
    assert mlflow.__version__ == "3.17.2"
    assert mlflow.headrace_version == mlflow.version.VERSION


def test_paths_that_callbacks_of_other_libraries_import_are_there() -> None:
    from mlflow.store.entities import PagedList
    from mlflow.tracking import MlflowClient
    from mlflow.utils.async_logging.run_operations import RunOperations, get_combined_run_operations
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_USER

    assert MlflowClient is mlflow.MlflowClient is mlflow.client.MlflowClient
    assert (MLFLOW_RUN_NAME, MLFLOW_PARENT_RUN_ID, MLFLOW_USER) == (
        "mlflow.runName",
        "mlflow.parentRunId",
        "mlflow.user",
    )
    assert PagedList([1], "next").token == "next"
    get_combined_run_operations([RunOperations([]), RunOperations([])]).wait()


def test_limits_can_be_read_after_nothing_but_the_package_import() -> None:
    code = "import mlflow\nassert mlflow.utils.validation.MAX_PARAMS_TAGS_PER_BATCH == 100"

    assert "mlflow.utils.validation" in modules_after(code)


def test_the_fluent_module_has_every_fluent_function() -> None:
    from mlflow.tracking import client, context, fluent
    from mlflow.tracking.context.registry import resolve_tags
    from mlflow.tracking.default_experiment import DEFAULT_EXPERIMENT_ID

    ours = {name for name, module in mlflow._HOME.items() if module.startswith("mlflow.tracking.")}
    assert set(fluent.__all__) == ours | {"_get_experiment_id"}
    assert client.MlflowClient is mlflow.MlflowClient
    assert context.resolve_tags is resolve_tags
    assert DEFAULT_EXPERIMENT_ID == "0"


def test_settings_made_in_code_are_gathered_in_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_ENABLE_ASYNC_LOGGING", raising=False)

    mlflow.config.enable_async_logging()

    assert mlflow.environment_variables.MLFLOW_ENABLE_ASYNC_LOGGING.get() is True
    monkeypatch.delenv("MLFLOW_ENABLE_ASYNC_LOGGING")
