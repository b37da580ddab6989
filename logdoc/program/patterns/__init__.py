"""What to look for in the text of a training program: a function per kind of place, each yielding signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.program.patterns.boosting import boosting_signs
from logdoc.program.patterns.bootstrapping import bootstrapping_signs
from logdoc.program.patterns.exploring import exploring_signs
from logdoc.program.patterns.keras import keras_signs
from logdoc.program.patterns.layers import layer_signs
from logdoc.program.patterns.loading import loading_signs
from logdoc.program.patterns.losses import loss_signs
from logdoc.program.patterns.modes import mode_signs
from logdoc.program.patterns.numerics import numeric_signs
from logdoc.program.patterns.optimisers import optimizer_signs
from logdoc.program.patterns.outputs import output_signs
from logdoc.program.patterns.players import player_signs
from logdoc.program.patterns.policies import policy_signs
from logdoc.program.patterns.recurrent import recurrent_signs
from logdoc.program.patterns.scaling import scaling_signs
from logdoc.program.patterns.schedules import schedule_signs
from logdoc.program.patterns.shapes import shape_signs
from logdoc.program.patterns.splitting import splitting_signs
from logdoc.program.patterns.stepping import stepping_signs
from logdoc.program.patterns.targets import target_signs
from logdoc.program.patterns.totals import total_signs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.tracing import Program

PATTERNS: tuple[Callable[[Program], Iterator[Sign]], ...] = (
    loss_signs,
    stepping_signs,
    mode_signs,
    loading_signs,
    optimizer_signs,
    schedule_signs,
    numeric_signs,
    keras_signs,
    output_signs,
    scaling_signs,
    boosting_signs,
    player_signs,
    splitting_signs,
    target_signs,
    shape_signs,
    recurrent_signs,
    policy_signs,
    layer_signs,
    exploring_signs,
    bootstrapping_signs,
    total_signs,
)
