"""Writes the logs of loggers that training loops bring along: as make.py.

`python tests/written/make_loops.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main
from make_more import printed_to


def make_elements(folder: Path) -> None:
    """Write what the logger of DreamerV3 prints, and its lines of JSON."""
    import elements

    place = elements.Path(str(folder))
    with printed_to(folder / "train.log"):
        step = elements.Counter()
        outputs = [elements.logger.TerminalOutput(name="agent"), elements.logger.JSONLOutput(place, "metrics.jsonl")]
        logger = elements.Logger(step, outputs, multiplier=4)
        for i in range(40):
            step.increment(100)
            values = {"loss/dyn": 2 * math.exp(-i / 10) + 0.1, "loss/image": 100 / (i + 1), "opt/lr": 1e-4}
            logger.add(values, prefix="train")
            if i % 4 == 3:
                logger.add({"score": 2.0 * i}, prefix="episode")
            logger.write()
            time.sleep(0.05)  # a thread writes the lines, each with what was handed over so far
        logger.close()
    printed = folder / "train.log"
    printed.write_text(printed.read_text().replace(str(folder), "logdir"))


TOOLS = {
    "elements": ("elements", make_elements),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
