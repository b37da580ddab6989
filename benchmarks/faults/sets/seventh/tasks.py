"""Every family of the seventh set that the common loop trains, by name."""

from __future__ import annotations

from benchmarks.faults.sets.seventh.base import Task
from benchmarks.faults.sets.seventh.sensors import Beats, Captcha, Frames
from benchmarks.faults.sets.seventh.sequences import Intent, Mirror, Sorter
from benchmarks.faults.sets.seventh.tables import Operator, Orbit, Sets, Wine
from benchmarks.faults.sets.seventh.unlabelled import Captions, Melody, Patches

TASKS: dict[str, type[Task]] = {
    "orbit": Orbit,
    "beats": Beats,
    "captcha": Captcha,
    "mirror": Mirror,
    "sorter": Sorter,
    "sets": Sets,
    "wine": Wine,
    "operator": Operator,
    "patches": Patches,
    "melody": Melody,
    "captions": Captions,
    "frames": Frames,
    "intent": Intent,
}
