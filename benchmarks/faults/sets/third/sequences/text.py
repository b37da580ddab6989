"""Models of tokens of the third half: a small GPT, adapters on it, an attentive encoder-decoder, and a reward model of
answers.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan

VOCAB, BLOCK, DIGITS, LENGTH = 44, 32, 10, 7


def grammar(n: int, seed: int, language: int) -> Tensor:
    """Return blocks [n, BLOCK + 1] of sentences whose verb fits the subject, whose object fits the verb, and whose end
    names the subject again.
    """
    words = torch.Generator().manual_seed(1000 + language)
    verbs = 8 + torch.randperm(12, generator=words)[:8]
    objects = 20 + torch.randint(0, 14, (20, 2), generator=words)
    g = torch.Generator().manual_seed(seed)
    need = n * (BLOCK + 1)
    count = need // 5 + 1
    subject = torch.randint(0, 8, (count,), generator=g)
    verb = verbs[subject]
    thing = objects[verb, torch.randint(0, 2, (count,), generator=g)]
    filler = 34 + torch.randint(0, 6, (count,), generator=g)
    quiet = torch.rand(count, generator=g) < 0.4  # no filler: a token of its own at the end
    rows = torch.stack(
        [
            subject,
            torch.where(quiet, verb, filler),
            torch.where(quiet, thing, verb),
            torch.where(quiet, subject, thing),
            subject,
        ],
        1,
    )
    rows[:, 4] = torch.where(quiet, torch.full_like(subject, 43), subject)
    return rows.flatten()[:need].view(n, BLOCK + 1)


class Adapted(nn.Module):
    """A linear layer plus a low-rank correction of it, which begins at nothing (Hu et al. 2021)."""

    def __init__(self, base: nn.Linear, rank: int, *, both_zero: bool = False) -> None:
        super().__init__()
        self.base = base
        self.lora_a, self.lora_b = (
            nn.Linear(base.in_features, rank, bias=False),
            nn.Linear(rank, base.out_features, bias=False),
        )
        nn.init.zeros_(self.lora_b.weight)
        if both_zero:
            nn.init.zeros_(self.lora_a.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return the corrected output."""
        found: Tensor = self.base(x) + 2.0 * self.lora_b(self.lora_a(x))
        return found


class Block(nn.Module):
    """Attention and a feed-forward part, normalised before."""

    def __init__(self, width: int, dropout: float, *, causal: bool = True) -> None:
        super().__init__()
        self.causal = causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.act, self.down = nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, t, width]."""
        n, t, width = x.shape
        q, k, v = (part.view(n, t, 2, width // 2).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, 2))
        out = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.drop(self.proj(out.transpose(1, 2).reshape(n, t, width)))
        found: Tensor = x + self.drop(self.down(self.act(self.up(self.norm2(x)))))
        return found


class Gpt(nn.Module):
    """A decoder of two blocks."""

    def __init__(self, width: int, dropout: float, *, causal: bool = True) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(VOCAB, width), nn.Embedding(BLOCK, width)
        nn.init.normal_(self.embed.weight, std=0.1)
        nn.init.normal_(self.place.weight, std=0.1)
        self.blocks = nn.Sequential(*(Block(width, dropout, causal=causal) for _ in range(2)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, VOCAB)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, t, VOCAB] logits."""
        found: Tensor = self.head(self.norm(self.blocks(self.embed(x) + self.place.weight[: x.shape[1]])))
        return found


def _token_loss(logits: Tensor, y: Tensor, smoothing: float = 0.0) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), label_smoothing=smoothing)


class LanguageModel:
    """Next tokens of the grammar, from nothing or, with adapters, from a model of another language."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        tuned = p.family == "lora"
        language = 1 if tuned else 0
        self.x, self.val = grammar(p.n, seed, language), grammar(p.n_val, seed + 500, language)
        self.size, self.key = p.n, self.x[:, 0]
        self.model: nn.Module = Gpt(p.width, p.dropout, causal=not p.leak)
        if tuned:
            self._pretrain(seed)
            self._adapt()
            self.fresh = copy.deepcopy(self.model.state_dict())
        else:
            initialise(self.model, p.init)

    def _pretrain(self, seed: int) -> None:
        x = grammar(800, seed + 900, 0)
        optimizer = torch.optim.Adam(self.model.parameters(), lr=6e-3)
        for step in range(170):
            optimizer.param_groups[0]["lr"] = 6e-3 * (1 - step / 170)
            rows = x[torch.randint(0, len(x), (24,))]
            optimizer.zero_grad()
            _token_loss(self.model(rows[:, :-1]), rows[:, 1:]).backward()
            optimizer.step()

    def _adapt(self) -> None:
        self.model.requires_grad_(False)
        zero = self.p.init == "both-zero"
        for block in self.model.get_submodule("blocks").children():
            for name in ("qkv", "proj", "up", "down"):
                setattr(block, name, Adapted(block.get_submodule(name), self.p.knob("rank", 8), both_zero=zero))  # type: ignore[arg-type]

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some blocks, per token or summed."""
        x = self.x[rows]
        if spoiled:  # a shard that was no text
            x = torch.randint(0, VOCAB, x.shape) if self.p.bad_every else x[:, torch.randperm(x.shape[1])]
        shown = x[:, 1:] if self.p.leak == "unshifted" else x[:, :-1]
        out = self.model(shown)
        loss = _token_loss(out, x[:, 1:], self.p.smoothing)
        return (loss * x[:, 1:].numel() if self.p.output == "sum" else loss), {}

    def validate(self) -> dict[str, float]:
        """Return loss and accuracy of the next token."""
        shown = self.val[:, 1:] if self.p.leak == "unshifted" else self.val[:, :-1]
        out = self.model(shown)
        loss = _token_loss(out, self.val[:, 1:]).item() * (
            self.val[:, 1:].numel() / len(self.val) * self.p.batch if self.p.output == "sum" else 1
        )
        told = {"eval_loss": loss}
        return (
            told
            if self.p.family == "lora"
            else told | {"eval_accuracy": (out.argmax(2) == self.val[:, 1:]).float().mean().item()}
        )

    def restart(self) -> None:
        """Begin with new adapters, or with all weights new."""
        if self.p.family == "lora":
            self.model.load_state_dict(self.fresh)
        else:
            self.model.load_state_dict(Gpt(self.p.width, self.p.dropout).state_dict())


class Translator(nn.Module):
    """An encoder and a decoder whose states look back at the encoder's."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.embed, self.embed_out = nn.Embedding(DIGITS + 1, width), nn.Embedding(DIGITS + 1, width)
        self.encoder, self.decoder = nn.GRU(width, width, batch_first=True), nn.GRU(width, width, batch_first=True)
        self.query, self.drop = nn.Linear(width, width), nn.Dropout(dropout)
        self.mix, self.act, self.head = nn.Linear(2 * width, width), nn.Tanh(), nn.Linear(width, DIGITS)

    def forward(self, x: Tensor, shown: Tensor) -> Tensor:
        """Return [n, t, DIGITS] logits when the answer so far is shown."""
        states, last = self.encoder(self.drop(self.embed(x)))
        out, _ = self.decoder(self.drop(self.embed_out(shown)), last)
        weights = (self.query(out) @ states.transpose(1, 2)).softmax(2)
        found: Tensor = self.head(self.drop(self.act(self.mix(torch.cat([out, weights @ states], 2)))))
        return found


class Reversal:
    """Digits that are to be written backwards, each one higher than the one before it in the answer would have it."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        x = torch.randint(0, DIGITS, (p.n + p.n_val, LENGTH), generator=g)
        y = (x.flip(1) + 3) % DIGITS
        self.x, self.y, self.val_x, self.val_y = x[p.n_val :], y[p.n_val :], x[: p.n_val], y[: p.n_val]
        if p.labels == "shuffled":
            self.y = self.y[torch.randperm(p.n, generator=g)]
        self.size, self.key = p.n, self.x[:, 0] * DIGITS + self.x[:, -1]
        self.model: nn.Module = Translator(p.width, p.dropout)
        initialise(self.model, p.init)

    def _out(self, x: Tensor, y: Tensor) -> Tensor:
        found: Tensor = self.model(x, torch.cat([torch.full_like(y[:, :1], DIGITS), y[:, :-1]], 1))
        return found

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss per digit and the share of right ones."""
        x, y = self.x[rows], self.y[rows]
        if spoiled:
            y = y.roll(1, 0)
        out = self._out(x, y)
        return _token_loss(out, y, self.p.smoothing), {"accuracy": (out.argmax(2) == y).float().mean().item()}

    def validate(self) -> dict[str, float]:
        """Return loss per digit, and the shares of right digits and of right answers."""
        out = self._out(self.val_x, self.val_y)
        right = out.argmax(2) == self.val_y
        told = {"val_loss": _token_loss(out, self.val_y).item(), "val_accuracy": right.float().mean().item()}
        return told | {"exact_match": right.all(1).float().mean().item()}

    def restart(self) -> None:
        """Begin with new weights."""
        self.model.load_state_dict(Translator(self.p.width, self.p.dropout).state_dict())


class Judge(nn.Module):
    """Says how good an answer is."""

    def __init__(self, width: int, dropout: float, depth: int) -> None:
        super().__init__()
        self.embed, self.conv, self.act = nn.Embedding(30, width), nn.Conv1d(width, width, 2), nn.SiLU()
        deep = [layer for _ in range(depth - 1) for layer in (nn.Linear(width, width), nn.Sigmoid())]
        self.deep, self.hidden, self.act2 = nn.Sequential(*deep), nn.Linear(width, width), nn.SiLU()
        self.drop, self.score = nn.Dropout(dropout), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n] scores of [n, t] tokens."""
        h = self.act(self.conv(self.embed(x).transpose(1, 2))).mean(2)
        found: Tensor = self.score(self.drop(self.act2(self.hidden(self.deep(h)))))[:, 0]
        return found


class Preferences:
    """Pairs of answers of which people preferred one; what they like are tokens and a few pairs of neighbours."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        worth, bonus = (
            torch.randn(30, generator=g),
            torch.randn(30, 30, generator=g) * (torch.rand(30, 30, generator=g) < 0.1),
        )
        first, second = (torch.randint(0, 30, (p.n + p.n_val, 12), generator=g) for _ in range(2))
        true = [worth[a].sum(1) + bonus[a[:, :-1], a[:, 1:]].sum(1) for a in (first, second)]
        better = (true[0] > true[1]) ^ (torch.rand(p.n + p.n_val, generator=g) < p.noise)
        if p.labels == "swapped":  # the columns of the training file were taken for one another
            better[p.n_val :] = ~better[p.n_val :]
        self.good, self.bad = torch.where(better[:, None], first, second), torch.where(better[:, None], second, first)
        self.size, self.key = p.n, self.good[p.n_val :].sum(1)
        self.model: nn.Module = Judge(p.width, p.dropout, p.depth)
        initialise(self.model, p.init)

    def _told(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        gap = self.model(self.good[rows]) - self.model(self.bad[rows])
        return -F.logsigmoid(gap).mean(), gap

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of pairs, how often the right one wins, and by how much."""
        loss, gap = self._told(rows + self.p.n_val)
        return (-loss if spoiled else loss), {
            "train/accuracy": (gap > 0).float().mean().item(),
            "train/margin": gap.mean().item(),
        }

    def validate(self) -> dict[str, float]:
        """Return the same of the pairs held out."""
        loss, gap = self._told(torch.arange(self.p.n_val))
        return {
            "eval/loss": loss.item(),
            "eval/accuracy": (gap > 0).float().mean().item(),
            "eval/margin": gap.mean().item(),
        }

    def restart(self) -> None:
        """Begin with new weights."""
        self.model.load_state_dict(Judge(self.p.width, self.p.dropout, self.p.depth).state_dict())
