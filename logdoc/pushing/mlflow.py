"""Into an MLflow store: tags ``logdoc.*`` and the artifacts ``logdoc/report.md`` and ``logdoc/report.json``."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logdoc.errors import ConfigError, RenderError
from logdoc.redaction import cut, hide
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.pushing.card import Card

EXPERIMENT = "logdoc"  # of runs that the store does not hold
_ALLOWED = "MLFLOW_ALLOW_FILE_STORE"
_MOST_RUNS = 50_000
_SQLITE = "sqlite:///"
# MLflow itself asks a server that is not there for minutes.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}


def push(cards: Sequence[Card], uri: str) -> list[str]:
    """Write every card to the run of the store that was read; to a new run of its name where the store has none.

    Args:
        cards: one a run.
        uri: of the tracking store: ``sqlite:///mlflow.db``, a folder, or a server.

    Returns:
        A sentence a card.

    Raises:
        ConfigError: MLflow is not installed.
        RenderError: the store could not be written.
    """
    _refuse_unwritable(uri)
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        # A folder of files is written as long as MLflow can write it.
        os.environ.setdefault(_ALLOWED, "true")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its own use of other packages
            from mlflow import MlflowClient
    except ImportError:
        raise ConfigError("writing to MLflow needs MLflow", hint="pip install mlflow") from None

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    try:
        client = MlflowClient(tracking_uri=uri)
        known = _runs(client)
        return [_pushed(client, card, known, len(cards), uri) for card in cards]
    except Exception as error:
        # A server may answer anything, and the client then fails with whatever the libraries below it raise; what they
        # say holds the address, and the password in it, and bytes of the server.
        raise RenderError(f"MLflow could not be written: {show(str(error), 300)}", where=hide(uri)) from None


def _refuse_unwritable(uri: str) -> None:
    """Refuse a database that cannot be made or changed: MLflow would try it for minutes.

    Raises:
        RenderError: it, or its folder, may not be written.
    """
    if not uri.startswith(_SQLITE):
        return
    place = uri.removeprefix(_SQLITE).partition("?")[0] or "."
    target = place if os.path.exists(place) else os.path.dirname(place) or "."  # noqa: PTH110, PTH120 - never raise
    if not os.access(target, os.W_OK):
        raise RenderError(
            "it could not be written", where=place, hint="Does the folder exist, and may you write there?"
        )


def _runs(client: Any) -> list[Any]:
    experiments = [one.experiment_id for one in client.search_experiments()]
    found: list[Any] = []
    token = None
    while experiments and len(found) < _MOST_RUNS:
        page = client.search_runs(experiments, max_results=1000, page_token=token)
        found += page
        token = page.token
        if not token:
            break
    return found


def _pushed(client: Any, card: Card, known: Sequence[Any], cards: int, uri: str) -> str:
    run = _same(card, known, cards)
    made = run is None
    if made:
        experiment = client.get_experiment_by_name(EXPERIMENT)
        number = experiment.experiment_id if experiment is not None else _experiment(client, uri)
        run = client.create_run(number, run_name=cut(card.run, 200))
    identity = run.info.run_id
    for name, text in card.tags.items():
        client.set_tag(identity, f"logdoc.{name}", text)
    client.log_text(identity, card.markdown, "logdoc/report.md")
    client.log_text(identity, card.json, "logdoc/report.json")
    if made:
        client.set_terminated(identity)
    return f"{card.run}: {'a new run' if made else 'tags and artifacts of run'} {identity}"


def _experiment(client: Any, uri: str) -> Any:
    """Make the experiment; beside a database lie its files, and not where the command was called by chance."""
    scheme, _, place = uri.partition(":///")
    if scheme != "sqlite" or not place:
        return client.create_experiment(EXPERIMENT)
    return client.create_experiment(EXPERIMENT, artifact_location=f"{Path(place).resolve().parent}/mlartifacts")


def _same(card: Card, known: Sequence[Any], cards: int) -> Any:
    """Return the run of the store that was read: by its id, by the end of its name, or the only one there is."""
    own = [run for run in known if run.data.tags.get("logdoc.verdict") is None or run.data.metrics]
    by_id = [run for run in own if run.info.run_id in card.run]
    parts = card.run.split("/")
    by_name = [run for run in own if run.info.run_name in (card.run, parts[-1])]
    alone = own if len(own) == 1 and cards == 1 and card.run.endswith((".db", ".sqlite", ".sqlite3")) else []
    return next((found[0] for found in (by_id, by_name, alone) if len(found) == 1), None)
