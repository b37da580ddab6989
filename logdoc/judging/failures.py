"""What of the rule base failed on a run and is no rule: told as a note, for a rule tells so itself, as a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model import Defect
from logdoc.model.notes import FAULT
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.engine import EngineInput
    from logdoc.model import Run

_MOST = 5


def failures(run: Run, seen: EngineInput) -> Iterator[Defect]:
    """Yield a note for each context and each cause that failed on a run, up to a few, and one about all others."""
    source = run.sources[0] if run.sources else run.id
    for which, how in list(seen.failed.items())[:_MOST]:
        yield Defect(source, f"{which} failed ({cut(how, 200)}); all else was judged", id=FAULT)
    if len(seen.failed) > _MOST:
        yield Defect(source, f"{len(seen.failed) - _MOST} more contexts or causes failed", id=FAULT)
