"""What names mean that a program uses and does not import, by the table `rules/_program/names.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.program.tables import bundled_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.program.parsing import Script


@dataclass(frozen=True, slots=True)
class Conventions:
    """The table.

    Attributes:
        modules: library -> name of a module as people abbreviate it -> its full name.
        packages: library -> its packages, each with names that are used bare.
        kin: library -> first parts of imports that show that a program is of it.
        foreign: first parts of imports of other libraries that use the same names.
        spellings: beginnings of full names that mean another.
    """

    modules: Mapping[str, Mapping[str, str]]
    packages: Mapping[str, Mapping[str, frozenset[str]]]
    kin: Mapping[str, frozenset[str]]
    foreign: frozenset[str]
    spellings: tuple[tuple[str, str], ...]

    def meant(self, name: str, script: Script) -> str:
        """Return the full name that a bare name stands for, or the name itself where that is not plain."""
        for module in reversed(script.stars):
            if any(name in names for packages in self.packages.values() for names in _of(module, packages)):
                return f"{module}.{name}"
        imported = {whole.partition(".")[0] for whole in (*script.imports.values(), *script.stars)}
        if imported & self.foreign:
            return name
        shown = {library for library, firsts in self.kin.items() if firsts & imported}
        for library, modules in self.modules.items():
            if shown and library not in shown:
                continue
            if name in modules:
                return modules[name]
            for package, names in self.packages[library].items():
                if name in names:
                    return f"{package}.{name}"
        return name

    def spelt(self, dotted: str) -> str:
        """Return a full name as the tables write it."""
        for old, new in self.spellings:
            if dotted.startswith(old):
                dotted = new + dotted[len(old) :]
        return dotted


def _of(module: str, packages: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    return [names for package, names in packages.items() if module.removeprefix("tensorflow.") == package]


@lru_cache(maxsize=1)
def load_conventions() -> Conventions:
    """Return the bundled table."""
    data = bundled_table("names")
    libraries = data["libraries"]
    return Conventions(
        modules={name: one["modules"] for name, one in libraries.items()},
        packages={
            name: {package: frozenset(names) for package, names in one["packages"].items()}
            for name, one in libraries.items()
        },
        kin={name: frozenset(one["kin"]) for name, one in libraries.items()},
        foreign=frozenset(data["foreign"]),
        spellings=tuple(data["spellings"].items()),
    )
