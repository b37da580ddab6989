"""Writes the logs of trackers' exports, searches and libraries of single fields: as make.py, whose `truth` they log.

`python tests/written/make_others.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main, rows

# The command that logdoc tells a user who has a repository of Aim.
AIM_EXPORT = (
    "import aim, pandas; [pandas.concat([m.dataframe().assign(name="
    "' '.join([*map(str, m.context.to_dict().values()), m.name])) for m in ms]).to_csv(f'{r.hash}.csv', na_rep='nan') "
    "for r in aim.Repo('.').iter_runs() if (ms := list(r.metrics()))]"
)


def make_aim(folder: Path) -> None:
    """Track a run with Aim and export it as logdoc tells a user to."""
    import aim

    with tempfile.TemporaryDirectory() as place:
        run = aim.Run(repo=place, system_tracking_interval=None, log_system_params=False, capture_terminal_logs=False)
        for step, values in rows():
            for name, value in values.items():
                part, _, measure = name.rpartition("/")
                run.track(value, name=measure, step=step, context={"subset": part} if part else {})
        run.close()
        aim_tool = str(Path(sys.executable).with_name("aim"))
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        for command in ([aim_tool, "storage", "reindex", "--yes"], [sys.executable, "-c", AIM_EXPORT]):
            subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
        (table,) = Path(place).glob("*.csv")
        (folder / "run.csv").write_text(table.read_text())


TOOLS = {
    "aim": ("aim", make_aim),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
