from __future__ import annotations

import pytest
from hypothesis import settings

# A loaded machine is no fault of the code: no example fails for the time that it took.
settings.register_profile("logdoc", deadline=None)
settings.load_profile("logdoc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Rewrite the golden reports; read the diff before you commit it."
    )
