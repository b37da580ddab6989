"""Complex numbers of a wave function: their real part is what is minimised."""

from __future__ import annotations

import pytest
from curves import points

STEPS = range(1, 30)
ENERGY = {n: round(-92.5 + 80 / n, 4) for n in STEPS}


@pytest.mark.parametrize("form", ["{e}{i:+.4f}j", "({e}{i:+.4f}j)", "{e}{i:+.1e}j"])
def test_the_real_part_of_a_complex_number_is_read(run_of, form):
    lines = (form.format(e=ENERGY[n], i=0.04 - 0.003 * n) for n in STEPS)
    run = run_of(
        "".join(f"I | train | step={n}, pmove=0.{n + 50}, energy={x}\n" for n, x in zip(STEPS, lines, strict=True))
    )

    assert points(run, "train energy") == ENERGY


def test_a_word_that_ends_in_j_is_no_imaginary_part(run_of):
    run = run_of("".join(f"step={n} loss={ENERGY[n]} obj adj=0.5-{n}jobs\n" for n in STEPS))

    assert points(run, "loss") == ENERGY
