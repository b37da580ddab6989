"""A small language model that is rewarded for sorting digits, by group-relative policy updates."""

from __future__ import annotations

import copy
import math
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched
from benchmarks.faults.sets.sixth.sequences.language import Block, Transformer, plain
from benchmarks.faults.sets.sixth.sequences.loop import optimizer_of, rate_of

END, SEP, DIGITS, WORDS, ANSWER = 8, 9, 3, 10, 7
LENGTH, FIRST = DIGITS + 1 + ANSWER, DIGITS + 1
CHECK = 10


def prompts(n: int, g: torch.Generator) -> Tensor:
    """Return digits and a separator."""
    return torch.cat([torch.randint(8, (n, DIGITS), generator=g), torch.full((n, 1), SEP)], 1)


@lru_cache(4)
def base(width: int, seed: int) -> Transformer:
    """Return a model that has learned the form, and sorts now and then."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        g = torch.Generator().manual_seed(seed + 11)
        model = Transformer(WORDS, LENGTH, width, [Block(width, plain(width), causal=True) for _ in range(2)])
        optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
        for _ in range(120):
            asked = prompts(64, g)
            mixed = asked[:, :DIGITS][:, torch.randperm(DIGITS, generator=g)]
            keep = torch.rand(64, 1, generator=g) < 0.3
            answer = torch.where(keep, asked[:, :DIGITS].sort(1).values, mixed)
            rest = torch.full((64, ANSWER - DIGITS), END)
            x = torch.cat([asked, answer, rest], 1)
            loss = F.cross_entropy(model(x[:, :-1])[:, DIGITS:].flatten(0, 1), x[:, FIRST:].flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return model


@torch.no_grad()
def sample(model: nn.Module, asked: Tensor, heat: float, g: torch.Generator) -> Tensor:
    """Return prompts with answers, drawn at a temperature."""
    x, ended = asked, torch.zeros(len(asked), dtype=torch.bool)
    for _ in range(ANSWER):
        scores = model(x)[:, -1]
        if not torch.isfinite(scores).all():
            scores = torch.zeros_like(scores)
        word = torch.multinomial((scores / heat).softmax(-1), 1, generator=g)[:, 0]
        word = torch.where(ended, torch.tensor(END), word)
        ended |= word == END
        x = torch.cat([x, word[:, None]], 1)
    return x


class Graded:
    """What answers are worth, and which of their words count."""

    def __init__(self, p: Plan, x: Tensor) -> None:
        answer = x[:, FIRST:]
        ends = (answer == END).float()
        self.finished = ends.any(1)
        length = torch.where(self.finished, ends.argmax(1) + 1, torch.tensor(ANSWER))
        self.counts = (torch.arange(ANSWER) < length[:, None]).float()
        self.length = length.float()
        wanted = x[:, :DIGITS].sort(1).values
        self.exact = ((answer[:, :DIGITS] == wanted).all(1) & (length == DIGITS + 1)).float()
        near = (answer[:, :DIGITS] == wanted).float().mean(1) * self.finished
        how = p.knob("reward", "")
        self.reward = 0.7 * self.exact + 0.3 * near
        if how == "unread":  # the pattern that finds the answer never matches
            self.reward = torch.zeros_like(self.exact)


def logprobs(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the log-probability of each word of the answers, and the entropy of what might have stood there."""
    logs = model(x[:, :-1])[:, DIGITS:].log_softmax(-1)
    entropy = -(logs.exp() * logs).sum(-1)
    return logs.gather(-1, x[:, FIRST:, None])[..., 0], entropy


def train_groups(p: Plan, seed: int) -> Logged:
    """Train and return what was logged."""
    g = torch.Generator().manual_seed(seed + 5)
    model: Transformer = copy.deepcopy(base(p.width, seed))
    before = copy.deepcopy(model).requires_grad_(False)
    optimizer, log, watched = optimizer_of(model, p), Log(), Watched()
    watched.begin(model, optimizer)
    held, group = prompts(200, torch.Generator().manual_seed(3)), p.knob("group", 8)
    heat, step, updates = p.knob("heat", 1.0), 0, p.knob("updates", 1)
    for turn in range(p.epochs):
        x = sample(model, prompts(p.batch // group, g).repeat_interleave(group, 0), heat, g)
        graded = Graded(p, x)
        by_group = graded.reward.view(-1, group)
        spread = by_group.std(1, keepdim=True)
        lead = ((by_group - by_group.mean(1, keepdim=True)) / (spread + 1e-4)).view(-1)
        lead = -lead if p.knob("flipped", False) else lead
        with torch.no_grad():
            old, _ = logprobs(model, x)
            reference, _ = logprobs(before, x)
            drawn = (model(x[:, :-1])[:, DIGITS:] / heat).log_softmax(-1)
            drawn = drawn.gather(-1, x[:, FIRST:, None])[..., 0]
        for group_ in optimizer.param_groups:
            group_["lr"] = rate_of(p, turn, p.epochs)
        told: dict[str, float] = {}
        for _ in range(updates):
            told = _update(p, model, optimizer, x, graded, lead, old, reference)
            step += 1
        gap = ((drawn - old).abs() * graded.counts).sum() / graded.counts.sum()
        log(
            turn + 1,
            **told,
            reward=graded.reward.mean().item(),
            reward_std=spread.mean().item(),
            frac_reward_zero_std=(spread < 1e-6).float().mean().item(),
            completion_length=graded.length.mean().item(),
            sampling_logp_difference=gap.item(),
            lr=rate_of(p, turn, p.epochs),
        )
        if (turn + 1) % CHECK == 0:
            found = Graded(p, sample(model, held, 1.0, g))
            log(turn + 1, val_exact_match=found.exact.mean().item(), val_reward=found.reward.mean().item())
    return {**log.logged, **watched.read()}


def _update(
    p: Plan,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: Tensor,
    graded: Graded,
    lead: Tensor,
    old: Tensor,
    reference: Tensor,
) -> dict[str, float]:
    new, entropy = logprobs(model, x)
    count = graded.counts.sum()
    ratio = (new - old).exp()
    bound = p.knob("bound", 0.2)
    gain = ratio * lead[:, None]
    if bound:
        gain = torch.minimum(gain, ratio.clamp(1 - bound, 1 + bound) * lead[:, None])
    gap = reference - new
    kl = gap.exp() - gap - 1
    bonus = p.knob("ent_coef", 0.0) * entropy
    loss = -((gain - p.knob("beta", 0.02) * kl + bonus) * graded.counts).sum() / count
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    norm = float(nn.utils.clip_grad_norm_(model.parameters(), p.clip or math.inf))
    optimizer.step()
    outside = ((ratio - 1).abs() > (bound or 0.2)).float()
    return {
        "loss": loss.item(),
        "kl": ((kl * graded.counts).sum() / count).item(),
        "entropy": ((entropy * graded.counts).sum() / count).item(),
        "clip_ratio": ((outside * graded.counts).sum() / count).item(),
        "grad_norm": norm,
    }
