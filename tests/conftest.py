from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import settings

# A loaded machine is no fault of the code: no example fails for the time that it took.
settings.register_profile("logdoc", deadline=None)
settings.load_profile("logdoc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Rewrite the golden reports; read the diff before you commit it."
    )


def pytest_configure(config: pytest.Config) -> None:
    """What is remembered of the rules is remembered for these tests only."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["LOGDOC_CACHE_DIR"] = tempfile.mkdtemp(prefix="logdoc-cache-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["LOGDOC_CACHE_DIR"], ignore_errors=True)
