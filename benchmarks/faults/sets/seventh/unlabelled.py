"""Families of the seventh set without labels: hidden patches, melodies, pictures with their captions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.sets.seventh.base import Attention, Task, Values


class Filler(nn.Module):
    """Fills hidden patches: a token for what is hidden, blocks of attention."""

    def __init__(self, w: int, depth: int) -> None:
        super().__init__()
        self.inp, self.hole = nn.Linear(9, w), nn.Parameter(torch.zeros(w))
        self.pos = nn.Parameter(0.3 * torch.randn(16, w))
        self.blocks = nn.ModuleList(Attention(w) for _ in range(depth))
        self.out = nn.Linear(w, 9)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """Return all patches, those that are hidden included."""
        h = torch.where(hidden[..., None], self.hole, self.inp(x)) + self.pos
        for block in self.blocks:
            h = block(h)
        return self.out(h)


class Patches(Task):
    """Masked patches of smooth pictures are painted in: self-supervised, no metric but the loss."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw pictures in sixteen patches, and which are hidden in validation."""
        t = torch.arange(12) / 12
        a, f = self.randn(n, 3, 1, 1), 1 + self.randint(3, n, 3, 1, 1).float()
        p1, p2 = 6.3 * self.rand(n, 3, 1, 1), 6.3 * self.rand(n, 3, 1, 1)
        picture = (
            a * torch.cos(6.3 * f * t[None, None, :, None] / 2 + p1) * torch.cos(3.1 * t[None, None, None] * f + p2)
        ).sum(1)
        picture = picture + 0.05 * self.randn(n, 12, 12)
        x = picture.view(n, 4, 3, 4, 3).permute(0, 1, 3, 2, 4).reshape(n, 16, 9)
        return x / 0.85, self.rand(n, 16) < 0.4

    def network(self) -> nn.Module:
        """Return the transformer over patches."""
        return Filler(self.p.width, self.p.depth)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the squared error of what is hidden, or by mistake of what the network was shown."""
        hidden = torch.rand(len(x), 16) < 0.4 if training else y
        out = self.model(x, hidden)
        counted = ~hidden if self.p.output == "of-what-is-seen" and training else hidden
        return ((out - x) ** 2).mean(2)[counted].mean(), {}


class Tune(nn.Module):
    """An autoencoder of melodies: recurrent on both sides."""

    def __init__(self, w: int, latent: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(13, 16)
        self.enc, self.code = nn.GRU(16, w, batch_first=True), nn.Linear(w, 2 * latent)
        self.back, self.dec, self.out = nn.Linear(latent, w), nn.GRU(16 + latent, w, batch_first=True), nn.Linear(w, 12)

    def forward(self, x: Tensor, sample: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Return the logits of the notes with mean and log-variance of the code."""
        m, v = self.code(self.enc(self.emb(x))[0][:, -1]).chunk(2, 1)
        v = v.clamp(-8, 8)
        z = m + torch.randn_like(m) * (v / 2).exp() if sample else m
        before = functional.pad(x[:, :-1], (1, 0), value=12)
        h = torch.cat([self.emb(before), z[:, None].expand(-1, x.shape[1], -1)], 2)
        return self.out(self.dec(h, torch.tanh(self.back(z))[None])[0]), m, v


class Melody(Task):
    """Melodies of sixteen notes in a variational autoencoder."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw melodies of six motifs in twelve keys, a note in twenty wrong."""
        key, motif = self.randint(12, n, 1), self.randint(6, n, 1)
        shapes = torch.randint(0, 12, (6, 4), generator=torch.Generator().manual_seed(3))
        x = shapes[motif[:, 0]].repeat(1, 4) + torch.tensor([0, 2, 4, 7]).repeat_interleave(4) * (
            1 + self.randint(2, n, 1)
        )
        x = (x + key) % 12
        wrong = self.rand(n, 16) < 0.05
        return torch.where(wrong, self.randint(12, n, 16), x), key[:, 0]

    def network(self) -> nn.Module:
        """Return the variational autoencoder."""
        return Tune(self.p.width, 8)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return reconstruction and weighted divergence, and both as terms."""
        out, m, v = self.model(x, training)
        rec = functional.cross_entropy(out.flatten(0, 1), x.flatten())
        kl = 0.5 * (m**2 + v.exp() - 1 - v).sum(1).mean() / 16
        told = {"loss_recon": float(rec), "loss_kl": float(kl)}
        return rec + self.p.knob("beta", 0.1) * kl, told


class Towers(nn.Module):
    """One tower for pictures and one for captions."""

    def __init__(self, w: int, dropout: float) -> None:
        super().__init__()
        self.image = nn.Sequential(
            nn.Linear(40, w), nn.ReLU(), nn.Dropout(dropout), nn.Linear(w, w), nn.ReLU(), nn.Linear(w, 24)
        )
        self.emb = nn.Embedding(60, w)
        self.text = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(w, 24))

    def forward(self, x: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit vectors of pictures and of captions."""
        return functional.normalize(self.image(x), dim=1), functional.normalize(
            self.text(self.emb(words).mean(1)), dim=1
        )


class Captions(Task):
    """Pictures and their captions are brought together, those of others apart."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw pictures of six things, and the words for them."""
        rule = torch.Generator().manual_seed(11)
        looks = torch.randn(6, 10, 12, generator=rule)
        mix = torch.randn(72, 40, generator=rule) / 4
        kinds = self.randint(10, n, 6)
        parts = torch.cat([looks[i][kinds[:, i]] for i in range(6)], 1)
        noise = self.p.noise if self.p.noise >= 0 else 0.3
        return torch.tanh(parts @ mix) + noise * self.randn(n, 40), kinds + 10 * torch.arange(6)

    def network(self) -> nn.Module:
        """Return the two towers."""
        return Towers(self.p.width, self.p.dropout)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return InfoNCE in both directions, and how often a picture finds its caption in the batch."""
        a, b = self.model(x, y)
        heat = self.p.knob("temperature", 0.1)
        logits = a @ b.T * heat if self.p.output == "times" else a @ b.T / heat
        own = torch.arange(len(a))
        loss = (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2
        return loss, {"recall_at_1": float((logits.argmax(1) == own).float().mean())}
