"""A report made in parts, one by each job of an array: every job lists the same logs and judges every n-th of them, and
the parts together give the report of one call to the byte.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import IO, TYPE_CHECKING, Any

from logdoc.errors import ConfigError, ReadError
from logdoc.judging import judge_groups
from logdoc.model import Analysis, Defect
from logdoc.model.packed import plain
from logdoc.scale.collecting import Collector
from logdoc.scale.items import items_of, write_family, write_items
from logdoc.scale.work import Task, judge_of
from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from logdoc.model import RunAnalysis
    from logdoc.readers import Family
    from logdoc.scale.items import Item

SCHEMA = "logdoc-part/2"
_HINT = "Make all parts with one version of logdoc, the same options and the same logs."


def write_part(
    out: IO[bytes],
    shard: tuple[int, int],
    task: Task,
    ruleset: str,
    entries: Sequence[Family | Defect],
    results: Iterable[tuple[int, Sequence[Item]]],
) -> int:
    """Write one part as lines of JSON while its runs are judged; return how many places of the report it holds.

    Args:
        out: where to.
        shard: (number, of how many), the first is 1.
        task: what is asked of every run.
        ruleset: digest of the rule base.
        entries: everything that was listed.
        results: what comes of those that are of this part, with their places.
    """
    head = {
        "kind": "part",
        "schema": SCHEMA,
        "version": __version__,
        "ruleset": ruleset,
        "shard": list(shard),
        "places": len(entries),
        "listed": _digest(entries),
        "task": {**task.written(), "program": None},
        "program": hashlib.sha256(json.dumps(task.written()["program"]).encode()).hexdigest(),
    }
    out.write(json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n")
    count = 0
    for place, items in results:
        out.write(f'{{"kind":"place","place":{place},"items":{write_items(items)}}}\n'.encode("ascii"))
        count += 1
    out.write(json.dumps({"kind": "end", "places": count}).encode("ascii") + b"\n")
    return count


def in_shard(place: int, shard: tuple[int, int]) -> bool:
    """Tell whether a place of the report is of a part."""
    return place % shard[1] == shard[0] - 1


def _digest(entries: Sequence[Family | Defect]) -> str:
    """Return what tells one list of logs from another: names and files, not where they are mounted."""
    told = hashlib.sha256()
    for entry in entries:
        if isinstance(entry, Defect):
            row: Any = plain(entry)
        else:
            sources = write_family(entry)
            row = [[name, id_, [file[len(root) :] for file in files]] for name, id_, _, root, files, *_ in sources]
        told.update(json.dumps(row).encode("ascii") + b"\n")
    return told.hexdigest()[:32]


def merge_parts(paths: Sequence[Path], each: Callable[[RunAnalysis], None] | None = None) -> Analysis:
    """Return the analysis that the parts make together.

    Args:
        paths: every part, in any order.
        each: called with every run, in order, as soon as those before it are read.

    Raises:
        ReadError: a part cannot be read, or is none.
        ConfigError: parts are missing, doubled, or of different analyses.
    """
    heads = [(path, _head(path)) for path in paths]
    if not heads:
        raise ConfigError("there are no parts", hint="Give the files that `analyze --shard` wrote.")
    first = heads[0][1]
    for path, head in heads:
        for key in ("version", "ruleset", "places", "listed", "task", "program"):
            if head[key] != first[key]:
                raise ConfigError(f"this part has another '{key}' than {heads[0][0]}", where=str(path), hint=_HINT)
        if head["shard"][1] != first["shard"][1]:
            raise ConfigError(f"this is a part of {head['shard'][1]}, not of {first['shard'][1]}", where=str(path))
    _complete(heads)
    if first["version"] != __version__:
        raise ConfigError(f"the parts are of logdoc {first['version']}, this is {__version__}", hint=_HINT)
    judge = judge_of(Task.read(first["task"]))
    if judge.rules.digest != first["ruleset"]:
        raise ConfigError(f"the rules are not those of the parts ({first['ruleset']})", hint=_HINT)
    collector = Collector(each)
    # One line of every part at a time: places come in nearly the same order in all of them.
    streams = [_places(path) for path, _ in heads]
    while streams:
        for stream in list(streams):
            found = next(stream, None)
            if found is None:
                streams.remove(stream)
            else:
                collector.add(*found)
    if collector.taken != first["places"]:
        raise ReadError(f"they hold {collector.taken} of {first['places']} places", where=str(paths[0]), hint=_HINT)
    missing = set(judge.mapping.values()).difference(*(summary.mapped for summary in collector.summaries))
    if missing and collector.summaries:
        raise ConfigError(f"no log read has a series '{min(missing)}'", where="--map")
    groups = judge_groups(collector.summaries, judge) if len(collector.runs) > 1 else ()
    return Analysis(__version__, tuple(collector.runs), groups, tuple(collector.defects), judge.rules.digest)


def refuse_other_files(target: Path) -> None:
    """Refuse to write a part over a file that is none: it may be one of the logs.

    Raises:
        ConfigError: there is such a file.
    """
    # `Path.is_file` raises for a name that is too long; whoever writes says so.
    if not os.path.isfile(target) or not target.stat().st_size:  # noqa: PTH113
        return
    try:
        _head(target)
    except ReadError:
        raise ConfigError(
            "this file is no part of a report, and would be lost", where=str(target), hint="Choose another name."
        ) from None


def _complete(heads: Sequence[tuple[Path, dict[str, Any]]]) -> None:
    there = [head["shard"][0] for _, head in heads]
    of = heads[0][1]["shard"][1]
    missing = [str(number) for number in range(1, of + 1) if number not in there]
    if missing:
        raise ConfigError(f"parts {', '.join(missing[:20])} of {of} are missing", hint="Make them, and merge again.")
    if len(there) > of:
        double = next(number for number in there if there.count(number) > 1)
        raise ConfigError(f"part {double} of {of} was given twice", hint="Give every part once.")


def _head(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
            number, of = head["shard"]
            whole = head["schema"] == SCHEMA and 1 <= number <= of
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise ReadError("this is no part of a report", where=str(path), hint="Give what `analyze --shard` wrote.")
    return dict(head)


def _places(path: Path) -> Iterator[tuple[int, Sequence[Item]]]:
    """Yield what a part holds.

    Raises:
        ReadError: it is damaged, or was not written to its end.
    """
    count = 0
    with path.open("rb") as file:
        file.readline()
        for number, line in enumerate(file, 2):
            try:
                row = json.loads(line)
                if row["kind"] == "end":
                    if row["places"] == count:
                        return
                    break
                place, items = int(row["place"]), items_of(row["items"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ReadError(f"line {number} is damaged: {error}", where=str(path), hint="Make it again.") from None
            count += 1
            yield place, items
    raise ReadError("the part was not written to its end", where=str(path), hint="Make it again.")
