"""Small transformers on a made-up language: masked words, and a mixture of experts that predicts the next word."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.sequences.loop import Told

WORDS, LENGTH, MASK = 26, 16, 25


class Attention(nn.Module):
    """Two heads of attention."""

    def __init__(self, width: int, *, causal: bool) -> None:
        super().__init__()
        self.qkv, self.out, self.causal = nn.Linear(width, 3 * width), nn.Linear(width, width), causal

    def forward(self, x: Tensor) -> Tensor:
        """Return what each place takes from those that it may see."""
        n, t, w = x.shape
        q, k, v = (part.view(n, t, 2, w // 2).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        found: Tensor = self.out(mixed.transpose(1, 2).reshape(n, t, w))
        return found


class Block(nn.Module):
    """Attention and what follows it, each added to its input; the norm comes before or after."""

    def __init__(self, width: int, follow: nn.Module, *, causal: bool, dropout: float = 0.0, after: bool = False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.follow = Attention(width, causal=causal), follow
        self.drop, self.after = nn.Dropout(dropout), after

    def forward(self, x: Tensor) -> Tensor:
        """Return the next state of each place."""
        if self.after:
            x = self.norm1(x + self.drop(self.attention(x)))
            done: Tensor = self.norm2(x + self.drop(self.follow(x)))
            return done
        x = x + self.drop(self.attention(self.norm1(x)))
        return x + torch.as_tensor(self.drop(self.follow(self.norm2(x))))


class Transformer(nn.Module):
    """Words and places in, scores of words out."""

    def __init__(self, words: int, length: int, width: int, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(0.1 * torch.randn(length, width))
        nn.init.normal_(self.words.weight, std=0.3)
        self.blocks, self.norm, self.head = nn.ModuleList(blocks), nn.LayerNorm(width), nn.Linear(width, words)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores at every place."""
        h = self.words(x) + self.places[: x.shape[1]]
        for block in self.blocks:
            h = block(h)
        scores: Tensor = self.head(self.norm(h))
        return scores


def plain(width: int) -> nn.Module:
    """Return the layers after an attention."""
    return nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))


def sentences(n: int, g: torch.Generator, sure: float, moods: int) -> Tensor:
    """Return sentences of some moods; in each mood a word has a likely successor."""
    rule = torch.stack(
        [torch.randperm(WORDS - 2, generator=torch.Generator().manual_seed(5 + m)) for m in range(moods)]
    )
    mood = torch.randint(moods, (n,), generator=g)
    made = [torch.randint(WORDS - 2, (n,), generator=g)]
    for _ in range(LENGTH - 1):
        other = torch.randint(WORDS - 2, (n,), generator=g)
        made.append(torch.where(torch.rand(n, generator=g) < sure, rule[mood, made[-1]], other))
    return torch.stack(made, 1)


class MaskedWords:
    """Guess the words that are hidden."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed)
        self.x, self.held = sentences(p.n, g, 0.92, 1), sentences(p.n_val, g, 0.92, 1)
        self.size, self.keys, self.g = p.n, self.x[:, 0], torch.Generator().manual_seed(seed + 3)
        blocks: list[nn.Module] = [
            Block(p.width, plain(p.width), causal=False, dropout=p.dropout, after=p.knob("after", False))
            for _ in range(p.depth)
        ]
        self.model = Transformer(WORDS, LENGTH, p.width, blocks)

    def _terms(self, x: Tensor, g: torch.Generator, seen: Tensor) -> tuple[Tensor, float]:
        hidden = torch.rand(x.shape, generator=g) < self.p.knob("share", 0.2)
        shown = x if self.p.knob("shows", False) else torch.where(hidden, torch.tensor(MASK), seen)
        scores = self.model(shown)
        right = (scores.argmax(-1) == x)[hidden].float().mean().item()
        chosen = torch.ones_like(hidden) if self.p.knob("all_count", False) else hidden
        return F.cross_entropy(scores[chosen], x[chosen]), right

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss over the hidden words."""
        x = self.x[rows]
        if broken:  # a shard that was written with another tokenizer
            x = torch.randint(WORDS - 2, x.shape, generator=self.g) % 3
        loss, right = self._terms(x, self.g, x)
        return loss, {"masked_accuracy": right}

    def check(self) -> Told:
        """Return loss, perplexity and accuracy on held-out sentences; the places hidden there stay the same."""
        seen = (self.held + 7) % (WORDS - 2) if self.p.knob("other_ids", False) else self.held
        loss, right = self._terms(self.held, torch.Generator().manual_seed(1), seen)
        return {"val_loss": loss.item(), "val_perplexity": math.exp(min(loss.item(), 50)), "val_masked_accuracy": right}


class Experts(nn.Module):
    """Each place is sent to the expert that its router likes best; a full expert takes no more."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.count, self.spoiled = p.knob("experts", 4), p.knob("router", "")
        self.router = nn.Linear(p.width, self.count, bias=False)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(p.width, p.width), nn.GELU(), nn.Linear(p.width, p.width))
            for _ in range(self.count)
        )
        self.room, self.noise = p.knob("room", 1.5), p.knob("jitter", 0.0)
        self.balance, self.entropy, self.most, self.dropped = torch.zeros(()), 0.0, 0.0, 0.0

    def forward(self, x: Tensor) -> Tensor:
        """Return the chosen expert's answer times its share."""
        flat = x.reshape(-1, x.shape[-1])
        scores = self.router(flat)
        if self.noise and self.training:
            scores = scores + self.noise * torch.randn_like(scores)
        if self.spoiled == "half":  # written out by hand in half precision
            powers = (4 * scores).half().exp()
            shares = (powers / powers.sum(-1, keepdim=True)).float()
        else:
            shares = scores.softmax(-1)
        share, chosen = shares.max(-1)
        sent = F.one_hot(chosen, self.count).float()
        self.balance = self.count * (sent.mean(0) * shares.mean(0)).sum()
        self.entropy = -(shares * (shares + 1e-9).log()).sum(-1).mean().item()
        self.most = sent.mean(0).max().item()
        room, made, lost = int(self.room * len(flat) / self.count), torch.zeros_like(flat), 0
        for e, expert in enumerate(self.experts):
            places = (chosen == e).nonzero()[:, 0]
            lost += max(0, len(places) - room)
            places = places[:room]
            made = made.index_add(0, places, expert(flat[places]) * share[places, None])
        self.dropped = lost / len(flat)
        return made.view_as(x)


class Mixture:
    """Predict the next word with experts."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed)
        self.x, self.held = sentences(p.n, g, 0.85, 2), sentences(p.n_val, g, 0.85, 2)
        self.size, self.keys = p.n, self.x[:, 0]
        self.layers = [Experts(p) for _ in range(p.depth)]
        self.model = Transformer(WORDS, LENGTH, p.width, [Block(p.width, e, causal=True) for e in self.layers])

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss over the next words and the uneven use of experts."""
        x = self.x[rows]
        scores = self.model(x[:, :-1])
        words = F.cross_entropy(scores.flatten(0, 1), x[:, 1:].flatten())
        balance = torch.stack([e.balance for e in self.layers]).mean()
        told = {
            "lm_loss": words.item(),
            "aux_loss": balance.item(),
            "router_entropy": sum(e.entropy for e in self.layers) / len(self.layers),
            "max_expert_share": max(e.most for e in self.layers),
            "dropped_tokens": sum(e.dropped for e in self.layers) / len(self.layers),
        }
        return words + self.p.knob("balance", 0.02) * self.p.knob("balance_sign", 1.0) * balance, told

    def check(self) -> Told:
        """Return loss and perplexity on held-out sentences."""
        scores = self.model(self.held[:, :-1])
        loss = F.cross_entropy(scores.flatten(0, 1), self.held[:, 1:].flatten()).item()
        right = (scores.argmax(-1) == self.held[:, 1:]).float().mean().item()
        return {"val_loss": loss, "val_perplexity": math.exp(min(loss, 50)), "val_token_accuracy": right}
