"""Families judged by the workers of a Dask cluster, next to the data.

The workers are handed plain data and hand plain data back; each makes the judge once. A worker that is lost costs the
chunk that it was at: Dask gives it to another, and after the third loss every family of it is tried alone.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.errors import ConfigError
from logdoc.model import Defect
from logdoc.model.notes import OVER_BUDGET
from logdoc.redaction import cut
from logdoc.scale.items import read_family_of, read_items, write_family, write_items
from logdoc.scale.work import Task, judge_family, judge_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.judging import Judge
    from logdoc.scale.items import Item
    from logdoc.scale.processes import Place

_CHUNK = 32  # families at most in one task: enough to make the judge worth its second, few enough to lose
_SHARE = 4  # tasks at least for every thread of the cluster
LOCAL = "local"


def judged_by_cluster(places: Sequence[Place], task: Task, address: str) -> Iterator[tuple[int, Sequence[Item]]]:
    """Yield what comes of each family with its place, in the order in which it is done.

    Args:
        places: families with their places in the report; the workers must see the files under the same paths.
        task: what is asked of them.
        address: of the scheduler, or ``local`` for a cluster of processes on this machine.

    Raises:
        ConfigError: Dask is not installed, or the cluster cannot be reached or runs another version of logdoc.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ConfigError(
            "Dask is not installed", where="--dask", hint="Install it with: pip install 'logdoc[cluster]'."
        ) from None
    try:
        client = _local_client() if address == LOCAL else _client(address)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConfigError(
            f"no cluster answers: {error}", where=f"--dask {address}", hint="Give the address of its scheduler."
        ) from None
    with client:
        yield from _judged(client, places, json.dumps(task.written()))


def _client(address: Any) -> Any:
    import distributed

    made: Any = distributed.Client
    return made(address, timeout="20s", set_as_default=False)


def _local_client() -> Any:
    from distributed import LocalCluster

    from logdoc.scale.processes import cores

    made: Any = LocalCluster
    options = {"n_workers": cores(), "threads_per_worker": 1, "processes": True}
    return _client(made(**options, dashboard_address=None, silence_logs=50))


def _judged(client: Any, places: Sequence[Place], task: str) -> Iterator[tuple[int, Sequence[Item]]]:
    import distributed

    as_completed: Any = distributed.as_completed
    _same_version(client)
    threads = max(1, sum(client.nthreads().values()))
    size = max(1, min(_CHUNK, len(places) // (_SHARE * threads)))
    chunks = [list(places[start : start + size]) for start in range(0, len(places), size)]
    futures = {_submitted(client, chunk, task): chunk for chunk in chunks}
    waiting = as_completed(list(futures), loop=client.loop)
    for future in waiting:
        chunk = futures.pop(future)
        if future.status == "finished":
            lines = future.result()
            for (place, _), line in zip(chunk, lines, strict=True):
                yield place, read_items(line)
        elif len(chunk) > 1:
            for one in chunk:
                again = _submitted(client, [one], task)
                futures[again] = [one]
                waiting.add(again)
        else:
            place, family = chunk[0]
            yield place, [Defect(family.id, f"not judged: {_reason(future.exception())}", lost=True, id=OVER_BUDGET)]
        future.release()


def _submitted(client: Any, chunk: Sequence[Place], task: str) -> Any:
    return client.submit(judge_lines, [write_family(family) for _, family in chunk], task, pure=False)


def judge_lines(families: Sequence[Any], task: str) -> list[str]:
    """Judge families on a worker: plain data in, lines of plain data out."""
    judge, asked = _judge(task)
    return [write_items(judge_family(read_family_of(family), judge, asked.program)) for family in families]


@lru_cache(maxsize=2)
def _judge(task: str) -> tuple[Judge, Task]:
    asked = Task.read(json.loads(task))
    return judge_of(asked), asked


def _same_version(client: Any) -> None:
    """Refuse workers whose reports would be others.

    Raises:
        ConfigError: with the version that they run.
    """
    mine = _version()
    for worker, theirs in client.run(_version).items():
        if theirs != mine:
            raise ConfigError(f"worker {worker} runs logdoc {theirs}, this is {mine}", where="--dask")


def _version() -> str:
    from logdoc.engine import remembered_rules
    from logdoc.version import __version__

    return f"{__version__} with rules {remembered_rules().digest}"


def _reason(error: Any) -> str:
    if type(error).__name__ == "KilledWorker":
        return "the worker that read it was lost, several times; it may have run out of memory"
    return f"the worker that read it failed ({type(error).__name__}: {cut(str(error), 200)})"
