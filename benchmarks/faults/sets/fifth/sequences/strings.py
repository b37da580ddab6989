"""Strings of the fifth set: a translator with attention, a character model that carries its state, and an autoencoder
of words with a latent normal distribution.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.sequences.loop import Told

LETTERS = 14
PAD, BOS, EOS, TOKENS = 14, 15, 16, 17
CHARS = 24


class Translator(nn.Module):
    """A recurrent encoder and a recurrent decoder that attends to it."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.cut = p.knob("cut", False)
        self.words, self.places = nn.Embedding(TOKENS, p.width), nn.Embedding(48, p.width)
        self.encoder = nn.GRU(p.width, p.width, batch_first=True)
        self.decoder = nn.GRU(p.width, p.width, batch_first=True)
        self.query, self.mix = nn.Linear(p.width, p.width), nn.Linear(2 * p.width, p.width)
        self.drop, self.head = nn.Dropout(p.dropout), nn.Linear(p.width, TOKENS)

    def _embed(self, x: Tensor) -> Tensor:
        found: Tensor = self.words(x) + self.places.weight[: x.shape[1]]
        return found

    def forward(self, source: Tensor, given: Tensor) -> Tensor:
        """Return [n, t, tokens] logits."""
        memory, _ = self.encoder(self._embed(source))
        if self.cut:
            memory = memory.detach()
        h, _ = self.decoder(self._embed(given))
        scores = self.query(h) @ memory.transpose(1, 2) / math.sqrt(memory.shape[2])
        scores = scores.masked_fill((source == PAD)[:, None, :], -1e9)
        found: Tensor = self.head(self.drop(torch.tanh(self.mix(torch.cat([h, scores.softmax(2) @ memory], 2)))))
        return found


class Translation:
    """Strings of letters: each letter is enciphered, and the string is turned by one place."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed + 5)
        cipher = torch.randperm(LETTERS, generator=torch.Generator().manual_seed(3))
        n, longest = p.n + p.n_val, p.knob("longest", 7)
        width = p.knob("padded", longest + 1)
        lengths = torch.randint(3, longest + 1, (n,), generator=g)
        at = torch.arange(width)
        inside = at < lengths[:, None]
        letters = torch.randint(0, LETTERS, (n, width), generator=g)
        self.source = torch.where(inside, letters, PAD)
        turned = letters.gather(1, (at + 1) % lengths[:, None])
        target = torch.where(inside, cipher[turned], torch.where(at == lengths[:, None], EOS, PAD))
        if p.labels == "misaligned":  # the two files were sorted apart
            target[p.n_val :] = target[p.n_val :].roll(1, 0)
        self.target = target
        self.keys, self.size = lengths[p.n_val :], p.n
        self.model: nn.Module = Translator(p)
        initialise(self.model, p.init)

    def _shifted(self, target: Tensor) -> Tensor:
        if self.p.leak == "unshifted":
            return target
        return torch.cat([torch.full((len(target), 1), BOS), target[:, :-1]], 1)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the cross-entropy under teacher forcing."""
        source, target = self.source[rows + self.p.n_val], self.target[rows + self.p.n_val]
        given = self._shifted(target)
        if self.p.knob("own_words", 0.0):  # scheduled sampling: more and more of the given words are guesses
            with torch.no_grad():
                guess = self._shifted(self.model(source, given).argmax(2))
            given = torch.where(torch.rand(given.shape) < self.p.knob("own_words", 0.0) * share, guess, given)
        out = self.model(source, given)
        if broken:
            out = out * 40
        ignored = -100 if self.p.knob("pads_count", False) else PAD
        return F.cross_entropy(
            out.flatten(0, 1), target.flatten(), ignore_index=ignored, label_smoothing=self.p.smoothing
        ), {}

    def check(self, share: float) -> Told:
        """Return the loss of letters held out, the share of right ones, and of strings right when it writes alone."""
        source, target = self.source[: self.p.n_val], self.target[: self.p.n_val]
        out = self.model(source, self._shifted(target))
        real = target != PAD
        told = {"val_loss": F.cross_entropy(out[real], target[real]).item()}
        told["val_accuracy"] = (out.argmax(2) == target)[real].float().mean().item()
        source, target, real = source[:80], target[:80], real[:80]
        width = self.p.knob("longest", 7) + 1
        written = torch.full((80, 1), BOS)
        for _ in range(width):
            written = torch.cat([written, self.model(source, written).argmax(2)[:, -1:]], 1)
        right = (written[:, 1:] == target[:, :width]) | ~real[:, :width]
        return told | {"val_exact_match": right.all(1).float().mean().item()}


class Carrier(nn.Module):
    """A recurrent model of characters."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.chars = nn.Embedding(CHARS, p.width)
        if p.knob("cell", "lstm") == "rnn":
            self.cell: nn.Module = nn.RNN(p.width, p.width, nonlinearity="relu")
        else:
            self.cell = nn.LSTM(p.width, p.width)
        self.drop, self.head = nn.Dropout(p.dropout), nn.Linear(p.width, CHARS)
        for name, q in self.cell.named_parameters():
            if p.knob("forget", 0.0) and "bias_ih" in name:
                nn.init.constant_(q, p.knob("forget", 0.0))
            if p.knob("recurrent", 0.0) and "weight_hh" in name:
                q.data.copy_(p.knob("recurrent", 0.0) * torch.eye(p.width))

    def forward(self, x: Tensor, state: object = None) -> tuple[Tensor, object]:
        """Return logits for [t, n] characters, and the state after them."""
        h, state = self.cell(self.drop(self.chars(x)), state)
        return self.head(self.drop(h)), state


def _text(n: int, g: torch.Generator, temper: float = 1.0) -> Tensor:
    """Return characters of words that follow each other by a fixed grammar; 0 is the space between them."""
    book = torch.Generator().manual_seed(41)
    words = [torch.randint(1, CHARS, (int(k),), generator=book) for k in torch.randint(2, 7, (60,), generator=book)]
    follows = torch.softmax(2.2 / temper * torch.randn(60, 60, generator=book), 1)
    parts: list[Tensor] = []
    word, length = 0, 0
    while length < n:
        word = int(torch.multinomial(follows[word], 1, generator=g))
        parts += [words[word], torch.zeros(1, dtype=torch.long)]
        length += len(words[word]) + 1
    return torch.cat(parts)[:n]


class Characters:
    """Parallel streams of one text, read in pieces; the state goes on from piece to piece."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.span = p, p.knob("span", 20)
        g = torch.Generator().manual_seed(seed + 7)
        text = _text(p.n, g)
        if p.labels == "noisy":
            wrong = torch.rand(len(text), generator=g) < p.noise
            text = torch.where(wrong, torch.randint(0, CHARS, text.shape, generator=g), text)
        self.streams = text[: p.n // p.batch * p.batch].view(p.batch, -1).T
        self.val = _text(p.n_val, g, p.knob("val_temper", 1.0)).view(10, -1).T
        self.pieces = (len(self.streams) - 1) // self.span
        self.size, self.keys = self.pieces * p.batch, torch.zeros(self.pieces * p.batch)
        self.model: nn.Module = Carrier(p)
        initialise(self.model, p.init)
        self.at, self.state = 0, None

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss of the next piece."""
        begin = self.at * self.span
        x, y = self.streams[begin : begin + self.span], self.streams[begin + 1 : begin + 1 + self.span]
        if broken:
            x, y = torch.zeros_like(x), torch.randint(0, CHARS, y.shape)
        if self.p.labels == "same":
            y = x
        out, state = self.model(x, self.state)
        self.state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        self.at = (self.at + 1) % self.pieces
        if self.at == 0:
            self.state = None
        if self.p.output == "probabilities":
            out = out.softmax(2)
        loss = F.cross_entropy(out.flatten(0, 1), y.flatten(), label_smoothing=self.p.smoothing)
        base = 2.0 if self.p.knob("bits", False) else math.e
        return loss, {"perplexity": base ** loss.clamp(max=30).item()}

    def check(self, share: float) -> Told:
        """Return the loss of the text held out."""
        y = self.val[:-1] if self.p.labels == "same" else self.val[1:]
        out, _ = self.model(self.val[:-1])
        if self.p.output == "probabilities":
            out = out.softmax(2)
        loss = F.cross_entropy(out.flatten(0, 1), y.flatten()).item()
        return {"val_loss": loss, "val_accuracy": (out.argmax(2) == y).float().mean().item()}


class WordCoder(nn.Module):
    """Words into a normal distribution and back."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        size, latent = p.width, p.knob("latent", 6)
        self.chars = nn.Embedding(CHARS, 8)
        self.encoder = nn.Sequential(nn.Linear(9 * 8, size), nn.ReLU(), nn.Linear(size, size), nn.ReLU())
        self.mean, self.variance, self.spread = nn.Linear(size, latent), nn.Linear(size, latent), p.knob("spread", 1.0)
        self.decoder = nn.Sequential(nn.Linear(latent, size), nn.ReLU(), nn.Linear(size, size), nn.ReLU())
        self.head = nn.Linear(size, 9 * CHARS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits for [n, 9] characters, means and logarithms of variances."""
        h = self.encoder(self.chars(x).flatten(1))
        mean, logvar = self.mean(h), self.variance(h) * self.spread
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean) if self.training else mean
        return self.head(self.decoder(z)).view(len(x), 9, CHARS), mean, logvar


class Words:
    """Words that are built of syllables, to be written again from a few numbers."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed + 13)
        syllables = torch.randint(0, CHARS, (9, 3), generator=torch.Generator().manual_seed(2))
        picked = torch.randint(0, 9, (p.n + p.n_val, 3), generator=g)
        self.x = syllables[picked].flatten(1)
        self.size, self.keys = p.n, picked[p.n_val :].sum(1)
        self.model: nn.Module = WordCoder(p)
        initialise(self.model, p.init)

    def _terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        out, mean, logvar = self.model(x)
        rebuilt = F.cross_entropy(out.flatten(0, 1), x.flatten(), reduction="sum") / len(x)
        return rebuilt, -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1).mean()

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the negative bound: what is lost in writing again, and the weighted divergence."""
        rebuilt, kl = self._terms(self.x[rows + self.p.n_val])
        beta = self.p.knob("beta", 1.0)
        told = {"reconstruction": rebuilt.item(), "kl": kl.item()}
        if self.p.knob("rising", 0.0):
            rounds = self.p.knob("rounds", 1)
            beta *= min(1.0, (share * rounds % 1) / self.p.knob("rising", 0.0))
            told["beta"] = beta
        return rebuilt + beta * kl, told

    def check(self, share: float) -> Told:
        """Return the bound on words held out, and the share of characters written right."""
        x = self.x[: self.p.n_val]
        rebuilt, kl = self._terms(x)
        right = (self.model(x)[0].argmax(2) == x).float().mean().item()
        weight = self.p.knob("beta", 1.0)
        return {"val_loss": (rebuilt + weight * kl).item(), "val_kl": kl.item(), "val_accuracy": right}
