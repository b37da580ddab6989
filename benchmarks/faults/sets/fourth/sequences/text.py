"""Tokens of the fourth part: a masked language model, a tagger of names, and a small pre-trained model that learns to
follow instructions.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan

WORDS, MASK, TEXT, PHRASE = 40, 40, 16, 4
PHRASES = 14
TOKENS, SPAN, TAGS = 160, 22, 5
OPS, VALUES, ARGS = 6, 9, 4


class Layer(nn.Module):
    """Attention and a gated feed-forward part, each behind a normalisation."""

    def __init__(self, width: int, dropout: float, *, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.before_attention, self.before_ffn = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.gate, self.value, self.back = (
            nn.Linear(width, 2 * width),
            nn.Linear(width, 2 * width),
            nn.Linear(2 * width, width),
        )
        self.act, self.drop = nn.SiLU(), nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, t, width]."""
        n, t, width = x.shape
        q, k, v = self.attention(self.before_attention(x)).view(n, t, 3, 4, width // 4).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.drop(self.out(seen.transpose(1, 2).reshape(n, t, width)))
        y = self.before_ffn(x)
        found: Tensor = x + self.drop(self.back(self.act(self.gate(y)) * self.value(y)))
        return found


class Reader(nn.Module):
    """A transformer over tokens, causal or not, that may lose its history on the way."""

    def __init__(
        self,
        tokens: int,
        length: int,
        width: int,
        depth: int,
        dropout: float = 0.0,
        *,
        causal: bool = False,
        cut: bool = False,
    ) -> None:
        super().__init__()
        self.cut = cut
        self.tokens, self.places = nn.Embedding(tokens, width), nn.Parameter(0.1 * torch.randn(length, width))
        nn.init.normal_(self.tokens.weight, std=0.3)
        self.layers = nn.Sequential(*(Layer(width, dropout, causal=causal) for _ in range(depth)))
        self.last, self.head = nn.LayerNorm(width), nn.Linear(width, tokens)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, t, tokens] logits."""
        h = self.layers(self.tokens(x) + self.places[: x.shape[1]])
        if self.cut:  # a copy that was made to look at the states, and then used
            h = torch.from_numpy(h.detach().numpy())
        found: Tensor = self.head(self.last(h))
        return found


class Cloze:
    """Masked words of texts that consist of fixed phrases of four words; some words occur in several of them."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        book = torch.randint(0, WORDS, (PHRASES, PHRASE), generator=torch.Generator().manual_seed(77))
        g = torch.Generator().manual_seed(seed)
        common = 1.0 / (torch.arange(PHRASES) + 3.0)
        picked = torch.multinomial(common.expand(p.n + p.n_val, -1), TEXT // PHRASE, replacement=True, generator=g)
        x = book[picked].flatten(1)
        typo = torch.rand(x.shape, generator=g) < 0.04
        x = torch.where(typo, torch.randint(0, WORDS, x.shape, generator=g), x)
        self.x, self.val = x[p.n_val :], x[: p.n_val]
        self.val_hidden = torch.rand(self.val.shape, generator=g) < 0.2
        self.size, self.kinds = p.n, picked[p.n_val :].sum(1)
        self.model: nn.Module = Reader(WORDS + 1, TEXT, p.width, p.depth, p.dropout)
        initialise(self.model, p.init)

    def _answer(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        shown = x if self.p.leak == "unmasked" else torch.where(hidden, MASK, x)
        out = self.model(shown)
        return F.cross_entropy(out[hidden], x[hidden]), (out.argmax(2) == x)[hidden].float().mean()

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss over the masked words."""
        x = self.x[rows]
        if broken:
            x = torch.randint(0, WORDS, x.shape)
        loss, _ = self._answer(x, torch.rand(x.shape) < 0.2)
        return loss, {}

    def check(self) -> dict[str, float]:
        """Return loss and accuracy of the masked words held out."""
        loss, right = self._answer(self.val, self.val_hidden)
        return {"eval_loss": loss.item(), "eval_masked_accuracy": right.item()}


class Spotter(nn.Module):
    """Words and their neighbours, read by convolutions that look both ways."""

    def __init__(self, width: int, dropout: float, depth: int) -> None:
        super().__init__()
        self.words, self.drop = nn.Embedding(TOKENS, width), nn.Dropout(dropout)
        self.convs = nn.ModuleList(nn.Conv1d(width, width, 5, padding=2) for _ in range(depth))
        self.acts, self.tag = nn.ModuleList(nn.ReLU() for _ in range(depth)), nn.Linear(width, TAGS)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, TAGS, t] logits."""
        h = self.drop(self.words(x)).transpose(1, 2)
        for conv, act in zip(self.convs, self.acts, strict=True):
            h = h + act(conv(h))
        found: Tensor = self.tag(self.drop(h.transpose(1, 2))).transpose(1, 2)
        return found


class Names:
    """Texts in which names of persons and places are tagged; which of the two it is, and whether it is a name at all,
    the words around tell.
    """

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        total = p.n + p.n_val
        x = torch.randint(20, TOKENS, (total, SPAN), generator=g)
        y = torch.zeros_like(x)
        rows = torch.arange(total)
        for start in (1, 8, 15):
            at = start + torch.randint(0, 3, (total,), generator=g)
            kind = torch.randint(0, 2, (total,), generator=g)
            there = torch.rand(total, generator=g) < p.knob("named", 0.6)
            cue = 8 * kind + torch.randint(0, 8, (total,), generator=g)
            like = there | (torch.rand(total, generator=g) < 0.3)  # the same words stand before other things as well
            unsaid = torch.rand(total, generator=g) < 0.04
            x[rows[like & ~unsaid], at[like & ~unsaid]] = cue[like & ~unsaid]
            for k in range(2):  # first names from a list, surnames from anywhere
                word = torch.randint(20, 60, (total,), generator=g) if k == 0 else x[rows, at + 2]
                x[rows[there], at[there] + 1 + k] = word[there]
                y[rows[there], at[there] + 1 + k] = (1 + 2 * kind + k)[there]
        if p.labels.startswith("noisy"):
            wrong = torch.rand(p.n, SPAN, generator=g) < float(p.labels.removeprefix("noisy"))
            y[p.n_val :] = torch.where(wrong, torch.randint(0, TAGS, (p.n, SPAN), generator=g), y[p.n_val :])
        elif p.labels == "misaligned":  # a part of the texts was cut into words by another tokeniser
            other = torch.rand(p.n, 1, generator=g) < 0.5
            y[p.n_val :] = torch.where(other, y[p.n_val :].roll(2, 1), y[p.n_val :])
        self.x, self.y, self.val_x, self.val_y = x[p.n_val :], y[p.n_val :], x[: p.n_val], y[: p.n_val]
        self.size, self.kinds = p.n, (self.y > 2).sum(1) - ((self.y > 0) & (self.y < 3)).sum(1)
        self.model: nn.Module = Spotter(p.width, p.dropout, p.depth)
        initialise(self.model, p.init)

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss per word, and the share of right tags."""
        x, y = self.x[rows], self.y[rows]
        if broken:
            y = y.roll(5, 1)
        out = self.model(x)
        loss = F.cross_entropy(out, y)
        return loss, {"train_token_acc": (out.argmax(1) == y).float().mean().item()}

    def check(self) -> dict[str, float]:
        """Return loss, accuracy and F1 of the names, and with `per_class` the recall of every tag."""
        out = self.model(self.val_x)
        said, y = out.argmax(1), self.val_y
        loss = F.cross_entropy(out, y).item()
        f1 = 2 * ((said == y) & (y > 0)).sum() / ((said > 0).sum() + (y > 0).sum()).clamp(min=1)
        told = {"val_loss": loss, "val_token_acc": (said == y).float().mean().item(), "val_f1": f1.item()}
        if self.p.knob("per_class", False):
            told |= {
                f"val_recall/{name}": (said == y)[y == k].float().mean().item()
                for k, name in enumerate(("O", "B-PER", "I-PER", "B-LOC", "I-LOC"))
            }
        return told


def _solved(op: Tensor, values: Tensor) -> Tensor:
    ways = [
        values,
        values.flip(1),
        (values + 1) % VALUES,
        values.roll(1, 1),
        (values.flip(1) + 2) % VALUES,
        VALUES - 1 - values,
    ]
    return torch.stack(ways)[op, torch.arange(len(op))]


def _tasks(n: int, g: torch.Generator, ops: tuple[int, ...]) -> Tensor:
    op = torch.tensor(ops)[torch.randint(0, len(ops), (n,), generator=g)]
    values = torch.randint(0, VALUES, (n, ARGS), generator=g)
    return torch.cat([VALUES + op[:, None], values, torch.full((n, 1), VALUES + OPS), _solved(op, values)], 1)


@functools.lru_cache(maxsize=8)
def _learned(seed: int, width: int) -> dict[str, Tensor]:
    """Return a model that knows four of the instructions; it does not depend on the case."""
    state = torch.random.get_rng_state()
    torch.manual_seed(seed + 4000)
    g = torch.Generator().manual_seed(seed + 900)
    model = Reader(VALUES + OPS + 1, 2 * ARGS + 2, width, 2, causal=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(350):
        optimizer.param_groups[0]["lr"] = 5e-3 * min(1.0, step / 20) * (1 - step / 350)
        x = _tasks(64, g, (0, 1, 2, 3))
        optimizer.zero_grad()
        F.cross_entropy(model(x[:, :-1])[:, ARGS + 1 :].flatten(0, 1), x[:, ARGS + 2 :].flatten()).backward()
        optimizer.step()
    torch.random.set_rng_state(state)
    return model.state_dict()


class Instructions:
    """Two more instructions for a small model that knows four; only the answers count."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        x = _tasks(p.n + p.n_val, g, (4, 5))
        self.x, self.val = x[p.n_val :], x[: p.n_val]
        self.size, self.kinds = p.n, self.x[:, 0] * 100 + self.x[:, 1]
        self.model: nn.Module = Reader(
            VALUES + OPS + 1, 2 * ARGS + 2, p.width, 2, p.dropout, causal=True, cut=p.knob("cut", False)
        )
        self.model.load_state_dict(_learned(seed, p.width))

    def _loss(self, x: Tensor) -> tuple[Tensor, Tensor]:
        out = self.model(x[:, :-1])[:, ARGS + 1 :]
        return F.cross_entropy(out.flatten(0, 1), x[:, ARGS + 2 :].flatten()), out.argmax(2) == x[:, ARGS + 2 :]

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of the answers."""
        x = self.x[rows]
        if broken:
            x = torch.randint(0, VALUES, x.shape)
        return self._loss(x)[0], {}

    def check(self) -> dict[str, float]:
        """Return loss and exact match of the answers held out."""
        loss, right = self._loss(self.val)
        return {
            "eval_loss": loss.item(),
            "eval_token_accuracy": right.float().mean().item(),
            "eval_exact_match": right.all(1).float().mean().item(),
        }
