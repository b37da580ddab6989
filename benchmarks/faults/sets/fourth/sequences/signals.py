"""Signals of the fourth part: speech without alignment, and a code book for short signals."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan

SOUNDS, FRAMES, BANDS = 6, 34, 10
LONG, PIECE = 32, 4


class Listener(nn.Module):
    """A strided convolution and a recurrent layer in both directions."""

    def __init__(self, width: int, dropout: float, cell: str) -> None:
        super().__init__()
        self.conv, self.act = nn.Conv1d(BANDS, width, 5, 2, 2), nn.ReLU()
        self.plain = (
            nn.RNN(width, width, batch_first=True, bidirectional=True, nonlinearity="relu") if cell == "relu" else None
        )
        self.gated = None if self.plain is not None else nn.GRU(width, width, batch_first=True, bidirectional=True)
        if self.plain is not None:
            with torch.no_grad():
                for name, q in self.plain.named_parameters():
                    if name.startswith("weight_hh"):
                        nn.init.orthogonal_(q, gain=4.0)
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(2 * width, SOUNDS + 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [t, n, SOUNDS + 1] logits of [n, BANDS, frames]."""
        h = self.act(self.conv(x)).transpose(1, 2)
        states = (self.plain or self.gated)(h)[0]  # type: ignore[misc]
        found: Tensor = self.head(self.drop(states)).transpose(0, 1)
        return found


def _errors(said: list[int], true: list[int]) -> int:
    """Return the edit distance."""
    row = list(range(len(true) + 1))
    for i, a in enumerate(said, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(true, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


class Speech:
    """Two to five sounds one after the other, of unequal lengths and with pauses; nobody says when which begins."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        voices = torch.randn(SOUNDS, BANDS, generator=torch.Generator().manual_seed(55))
        total = p.n + p.n_val
        x, y, lengths = (
            torch.zeros(total, BANDS, FRAMES),
            torch.zeros(total, 5, dtype=torch.long),
            torch.zeros(total, dtype=torch.long),
        )
        for i in range(total):
            count = int(torch.randint(2, 6, (1,), generator=g))
            sounds, holds, rests = (
                torch.randint(low, high, (count,), generator=g) for low, high in ((0, SOUNDS), (3, 6), (1, 3))
            )
            at = 0
            for k in range(count):
                at += int(rests[k])
                x[i, :, at : at + int(holds[k])] = voices[sounds[k]][:, None]
                at += int(holds[k])
            y[i, :count], lengths[i] = sounds + 1, count
        x = x * (0.6 + 0.8 * torch.rand(total, 1, 1, generator=g)) + p.noise * torch.randn(x.shape, generator=g)
        x = x * p.input_scale + p.input_shift
        v = p.n_val
        self.x, self.y, self.lengths = x[v:], y[v:], lengths[v:]
        self.val = (x[:v] * p.knob("val_units", 1.0), y[:v], lengths[:v])
        if p.knob("long_text", 0):  # a few transcripts are of the whole page and not of the sentence
            some = torch.arange(0, p.n, p.knob("long_text", 0))
            self.y = torch.cat([self.y, torch.randint(1, SOUNDS + 1, (p.n, 19), generator=g)], 1)
            self.lengths[some] = 24
        self.size, self.kinds = p.n, self.lengths
        self.model: nn.Module = Listener(p.width, p.dropout, p.knob("cell", "gru"))
        initialise(self.model, p.init)

    def _loss(self, x: Tensor, y: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        out = self.model(x).float()
        told = out.softmax(2) if self.p.output == "probabilities" else out.log_softmax(2)
        frames = torch.full((len(x),), out.shape[0])
        loss = F.ctc_loss(told, y, frames, lengths, reduction="sum" if self.p.output == "sum" else "mean")
        return loss, out

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some utterances."""
        x = self.x[rows]
        if self.p.augment:  # bands and moments are masked, as SpecAugment does
            x = x * (torch.rand(len(x), BANDS, 1) > self.p.augment) * (torch.rand(len(x), 1, FRAMES) > self.p.augment)
        if broken:
            x = 20 * torch.randn_like(x)
        return self._loss(x, self.y[rows], self.lengths[rows])[0], {}

    def check(self) -> dict[str, float]:
        """Return the loss and the share of wrong sounds, of what was held out."""
        loss, out = self._loss(*self.val)
        best = out.argmax(2).T.tolist()
        wrong = 0
        for path, true, length in zip(best, self.val[1].tolist(), self.val[2].tolist(), strict=True):
            said = [a for a, before in zip(path, [0, *path[:-1]], strict=True) if a and a != before]
            wrong += _errors(said, true[:length])
        scale = self.p.batch / len(self.val[0]) if self.p.output == "sum" else 1.0
        return {"val_loss": loss.item() * scale, "val_cer": wrong / int(self.val[2].sum())}


class CodeBook(nn.Module):
    """An encoder, a book of codes of which the nearest is taken, and a decoder (van den Oord et al. 2017)."""

    def __init__(self, width: int, codes: int, spread: float) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, width, 4, 2, 1),
            nn.ReLU(),
            nn.Conv1d(width, 2 * width, 4, 2, 1),
            nn.ReLU(),
            nn.Conv1d(2 * width, 8, 1),
        )
        self.codes = nn.Embedding(codes, 8)
        nn.init.normal_(self.codes.weight, std=spread)
        self.decoder = nn.Sequential(
            nn.Conv1d(8, 2 * width, 3, padding=1), nn.ReLU(), nn.ConvTranspose1d(2 * width, width, 4, 2, 1), nn.ReLU()
        )
        self.draw = nn.ConvTranspose1d(width, 1, 4, 2, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what is drawn, what the book is off, what the encoder is off, and which codes were used."""
        z = self.encoder(x).transpose(1, 2)
        book = self.codes.weight
        index = (z.square().sum(2, keepdim=True) - 2 * z @ book.T + book.square().sum(1)).argmin(2)
        taken = self.codes(index)
        picture = self.draw(self.decoder((z + (taken - z).detach()).transpose(1, 2)))
        return picture, F.mse_loss(taken, z.detach()), F.mse_loss(z, taken.detach()), index


class Pieces:
    """Signals put together from twelve pieces, each louder or softer."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        pieces = torch.randn(12, PIECE * 2, generator=torch.Generator().manual_seed(91))
        total = p.n + p.n_val
        chosen = torch.randint(0, 12, (total, LONG // 8), generator=g)
        x = (pieces[chosen] * (0.7 + 0.6 * torch.rand(total, LONG // 8, 1, generator=g))).flatten(1)
        x = (x + p.noise * torch.randn(x.shape, generator=g))[:, None]
        self.x, self.val = x[p.n_val :], x[: p.n_val]
        self.size, self.kinds = p.n, chosen[p.n_val :, 0]
        self.model: nn.Module = CodeBook(p.width, p.knob("codes", 48), p.knob("spread", 0.3))
        initialise(self.model, p.init)

    def _told(self, x: Tensor) -> tuple[Tensor, dict[str, float]]:
        picture, book, commitment, index = self.model(x)
        recon = F.mse_loss(picture, x)
        use = torch.bincount(index.flatten(), minlength=self.p.knob("codes", 48)) / index.numel()
        told = {
            "recon_loss": recon.item(),
            "commit_loss": commitment.item(),
            "perplexity": torch.exp(-(use * (use + 1e-10).log()).sum()).item(),
        }
        return recon + book + self.p.knob("commitment", 0.25) * commitment, told

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its parts."""
        x = self.x[rows]
        return self._told(x * 30 if broken else x)

    def check(self) -> dict[str, float]:
        """Return the same of what was held out."""
        loss, told = self._told(self.val)
        return {"val_loss": loss.item(), **{f"val_{name}": value for name, value in told.items()}}
