from __future__ import annotations

import subprocess
import sys
from graphlib import TopologicalSorter

import grimp
import pytest


@pytest.mark.parametrize("module", ["pandas", "scipy", "tbparse", "jinja2", "torch", "numpy"])
def test_help_imports_nothing_heavy(module: str) -> None:
    code = f"import sys; from logdoc.cli import run; run(['--help']); print('\\nLOADED', {module!r} in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "LOADED False" in done.stdout


def test_importing_logdoc_imports_nothing() -> None:
    code = "import sys; import logdoc; print([m for m in ('numpy', 'pandas', 'pydantic', 'typer') if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_layers_are_kept() -> None:
    done = subprocess.run([sys.executable, "-m", "importlinter.cli", "lint"], capture_output=True, text=True)
    if "No module named" in done.stderr:
        done = subprocess.run(["lint-imports"], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("logdoc", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    # Raises CycleError, which names the circle.
    assert set(TopologicalSorter(imports).static_order()) == graph.modules
