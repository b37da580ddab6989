"""MLflow's file store: a folder per run, a file per metric with a line per value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.documents import load_config_yaml
from logdoc.errors import LogdocError
from logdoc.model import Defect, Run
from logdoc.model.notes import ENDED, LINES, TOO_LARGE, UNFINISHED
from logdoc.readers.decimals import floats, integers
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.noticing import looked_at, looked_into
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.wide import Piece
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue

Metric = tuple[str, "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.int64]"]

MAX_FILE = 512 << 20
_LINE = re.compile(rb"\d{10,16} [-+.\w]+(?: -?\d+)?(?: \S+ \S+)?\r?\n?")
_STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}
_MAX_PARAMS = 2_000
_MAX_STEP = 2**62


def sniff(head: bytes, name: str) -> str | None:
    """Return how the metric file was recognised: by its folder ``metrics`` and lines of time, value and step."""
    if "/metrics/" not in f"/{name}" or not _LINE.match(head):
        return None
    return "MLflow file store"


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the metric files of one run folder as one run."""
    runs: dict[Path, list[Path]] = {}
    for path in files:
        home = _folder_of(path)
        if not _is_model(home):
            runs.setdefault(home, []).append(path)
    return [
        RunSource(shown_path(root.name) if home == root else shown_relative(home, root), "mlflow", root, tuple(mine))
        for home, mine in runs.items()
    ]


def _is_model(home: Path) -> bool:
    """Tell whether a folder is that of a logged model, which has metrics of its own and is no run."""
    return home.parent.name == "models" and home.name.startswith("m-")


def _folder_of(path: Path) -> Path:
    """Return the folder of the run: the one that holds ``metrics``; keys with slashes make sub-folders below it."""
    above = [parent for parent in path.parents if parent.name == "metrics"]
    for folder in above:
        for name in ("meta.yaml", "params", "tags"):
            looked_at(folder.parent / name)
        if (
            (folder.parent / "meta.yaml").is_file()
            or (folder.parent / "params").is_dir()
            or (folder.parent / "tags").is_dir()
        ):
            return folder.parent
    return above[0].parent if above else path.parent


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one folder."""
    home = _folder_of(source.files[0])
    curves = Curves()
    defects: list[Defect] = []
    sources: list[str] = []
    metrics: list[Metric] = []
    for path in source.files:
        shown = shown_relative(path, source.root)
        sources.append(shown)
        data = read_regular(path, MAX_FILE + 1)
        if len(data) > MAX_FILE:
            defects.append(Defect(shown, f"not read: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE))
            continue
        times, values, steps, broken = parse_metric(data)
        if broken:
            count = "1 line" if broken == 1 else f"{broken:,} lines"
            defects.append(Defect(shown, f"{count} could not be read as time, value and step", lost=True, id=LINES))
        name = (
            shown_path(path.relative_to(home / "metrics").as_posix())
            if path.is_relative_to(home / "metrics")
            else shown_path(path.name)
        )
        if values.size:
            metrics.append((name, times, values, steps))
        else:
            curves.left_out[name] = "nothing was logged in it"
    add_metrics(curves, metrics)
    status, about = _about(home)
    config = _folder_values(home / "params")
    defects.extend(status_defects(status, sources[0]))
    piece = Piece("", curves, note=f"MLflow file store{about}")
    return [
        run_of(
            source.id,
            source,
            tuple(sources),
            piece,
            config=config,
            defects=defects,
            texts={"status": status} if status else {},
        )
    ]


def parse_metric(data: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], int]:
    """Return times in seconds, values and steps, float64[n], float64[n], int64[n], of the lines of a metric file,
    and how many are broken.

    A line is ``time value``, ``time value step`` or, in new versions, two fields more; without a step it counts as
    step 0.
    """
    plain = _plain_metric(data)
    if plain is not None:
        return *plain, 0
    times: list[float] = []
    values: list[float] = []
    steps: list[int] = []
    broken = 0
    lines = [parts for line in data.split(b"\n") if (parts := line.split())]
    # Where lines have a step, one without lost a field, and nobody knows which.
    fewest = 3 if 2 * sum(len(parts) > 2 for parts in lines) > len(lines) else 2
    if lines and not data.endswith(b"\n") and _breaks_off(lines):
        del lines[-1]
        broken = 1
    for parts in lines:
        try:
            if len(parts) < fewest or b"_" in b"".join(parts[:3]):  # which Python lets stand between digits
                raise ValueError
            time, value, step = float(parts[0]), float(parts[1]), int(parts[2]) if len(parts) > 2 else 0
            if abs(step) > _MAX_STEP:
                raise ValueError
        except ValueError:
            broken += 1
            continue
        times.append(time / 1000.0)
        values.append(value)
        steps.append(step)
    return (
        np.array(times, dtype=np.float64),
        np.array(values, dtype=np.float64),
        np.array(steps, dtype=np.int64),
        broken,
    )


def _breaks_off(lines: list[list[bytes]]) -> bool:
    """Tell whether the last line, which has no end, may be cut: it has fewer fields than the one before, or a step that
    does not go on from it.
    """
    if len(lines) < 2:
        return len(lines[-1]) < 3
    *_, before, last = lines
    if len(last) != len(before):
        return True
    return len(last) > 2 and not (last[2].isdigit() and before[2].isdigit() and int(last[2]) > int(before[2]))


def _plain_metric(data: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]] | None:
    """Return the same for a file whose every line is ``time value step`` with single blanks; None for any other."""
    if not data.endswith(b"\n") or b"_" in data:  # Python lets it stand between digits
        return None
    codes = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    blanks = np.flatnonzero(codes == ord(" "))
    begins = np.concatenate(([-1], ends[:-1])) + 1
    if blanks.size != 2 * ends.size or not bool(((blanks[::2] > begins) & (blanks[1::2] < ends)).all()):
        return None
    times = integers(codes, begins, blanks[::2])
    steps = integers(codes, blanks[1::2] + 1, ends)
    if times is None or steps is None:
        return None
    try:
        values = floats(codes, blanks[::2] + 1, blanks[1::2])
    except ValueError:
        return None
    return times.astype(np.float64) / 1000.0, values, steps


def add_metrics(curves: Curves, metrics: Iterable[Metric]) -> None:
    """Add the curves of the metrics of one run: (name, times, values, steps) of each.

    Values that were all logged at one step are taken in the order of their times, and that is told. Where the longest
    metric never goes back, nothing began again: what another logged at an older step was written late and is sorted in.
    """
    found = list(metrics)
    longest = max((steps for *_, steps in found), key=len, default=np.empty(0, dtype=np.int64))
    began_again = bool((np.diff(longest) < 0).any())
    for name, times, values, steps in found:
        if steps.size > 1 and (steps == steps[0]).all():
            order = np.argsort(times, kind="stable")
            rows = np.arange(steps.size, dtype=np.int64)
            curves.add_points(name, Index(rows, "index", frozenset(), ""), rows, values[order], times[order])
            curves.note(
                f"all {steps.size:,} values of '{cut(name, 80)}' were logged at step {steps[0]};"
                " they are taken in the order of their times"
            )
            continue
        late = int(np.count_nonzero(steps < np.maximum.accumulate(steps)))
        if late and not began_again:
            order = np.argsort(steps, kind="stable")
            steps, values, times = steps[order], values[order], times[order]
            points = "1 point" if late == 1 else f"{late:,} points"
            curves.note(f"{points} of '{cut(name, 80)}' were logged late, at an older step; they were sorted in")
        curves.add_points(name, Index(steps, "step", frozenset(), ""), steps, values, times)


def status_defects(status: str, shown: str) -> list[Defect]:
    """Say what the store knows about the end of the run."""
    if status in {"FAILED", "KILLED"}:
        return [
            Defect(
                shown,
                f"MLflow says that the run {'failed' if status == 'FAILED' else 'was killed'}",
                ended=True,
                id=ENDED,
            )
        ]
    if status == "RUNNING":
        return [
            Defect(shown, "MLflow never saw the end of the run: it was killed, or it is still running", id=UNFINISHED)
        ]
    return []


def _about(home: Path) -> tuple[str, str]:
    try:
        meta, _ = load_config_yaml(read_regular(home / "meta.yaml", 1 << 20).decode("utf-8", "replace"))
    except (OSError, LogdocError):
        return "", ""
    status = str(meta.get("status", ""))
    name = meta.get("run_name")
    return _STATUS.get(status, status), f", run '{cut(str(name), 80)}'" if name else ""


def _folder_values(folder: Path) -> dict[str, ConfigValue]:
    """Return the files of a folder as ``name -> first line``; slashes in keys are sub-folders."""
    found: dict[str, ConfigValue] = {}
    looked_at(folder)
    if not folder.is_dir():
        return found
    looked_into(folder, "all")
    for path in sorted(folder.rglob("*"))[:_MAX_PARAMS]:
        looked_into(path.parent, "all")
        try:
            text = read_regular(path, 2_000).decode("utf-8", "replace").strip()
        except OSError:
            continue
        found[shown_path(path.relative_to(folder).as_posix())] = as_value(text)
    return found


def as_value(text: str) -> ConfigValue:
    """Return a parameter, which stores keep as text, as what it was."""
    known: dict[str, ConfigValue] = {
        "True": True,
        "False": False,
        "None": None,
        "true": True,
        "false": False,
        "null": None,
    }
    if text in known:
        return known[text]
    try:
        return int(text) if re.fullmatch(r"[-+]?\d{1,18}", text) else float(text)
    except ValueError:
        return text
