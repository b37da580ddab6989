"""Waves of the fifth set: forecasts of a demand, spoken commands, enhancement of noisy speech, and sums over a long
time.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import ACTIVATIONS, accuracy, initialise
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.sequences.loop import Told

WINDOW, DAY = 28, 24
CLASSES, SOUND = 8, 320
FRAME = 160


class Demand(nn.Module):
    """A recurrent reader of the last hours."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.gru, self.drop = nn.GRU(2, p.width, batch_first=True), nn.Dropout(p.dropout)
        self.hidden, self.head = nn.Linear(p.width, p.width), nn.Linear(p.width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the next hour of [n, t, 2]."""
        h, _ = self.gru(x)
        found: Tensor = self.head(torch.relu(self.hidden(self.drop(h[:, -1]))))[:, 0]
        return found


class Forecast:
    """The next hour of a demand with days, a slower swing and a disturbance that lasts; the last part is held out."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = np.random.default_rng(seed + 17)
        hours = p.n + p.n_val + WINDOW
        t = np.arange(hours)
        ar = np.zeros(hours)
        noise = (p.noise if p.noise >= 0 else 0.25) * g.standard_normal(hours)
        for i in range(1, hours):
            ar[i] = 0.7 * ar[i - 1] + noise[i]
        series = np.sin(2 * np.pi * t / DAY) + 0.5 * np.sin(4 * np.pi * t / DAY + 1) + 0.4 * np.sin(2 * np.pi * t / 500)
        series = series + ar * np.where(t >= p.n + WINDOW, p.knob("calmer", 1.0), 1.0)
        raw = (series - series.mean()) / series.std()
        hour = np.cos(2 * np.pi * t / DAY)
        index = np.arange(p.n + p.n_val)[:, None] + np.arange(WINDOW) + (1 if p.leak == "window" else 0)
        x = np.stack([raw[index] * p.input_scale + p.input_shift, hour[index]], 2)
        if p.knob("val_scaler", False):  # what is held out was scaled by its own minimum and maximum
            x[p.n :, :, 0] = (x[p.n :, :, 0] - x[p.n :, :, 0].min()) / np.ptp(x[p.n :, :, 0])
        self.x = torch.tensor(x, dtype=torch.float32)
        y = np.roll(raw, -WINDOW)[: p.n + p.n_val]
        self.unit = p.knob("unit", 1.0)
        self.y = torch.tensor(y * self.unit + p.knob("base", 0.0), dtype=torch.float32)
        self.naive = float(np.abs(np.diff(raw)).mean()) * self.unit
        if p.labels == "shuffled":
            self.y[: p.n] = self.y[torch.randperm(p.n, generator=torch.Generator().manual_seed(seed))]
        self.size, self.keys = p.n, self.x[: p.n, :, 0].mean(1)
        self.model: nn.Module = Demand(p)
        if p.knob("base", 0.0):
            nn.init.constant_(self.model.head.bias, p.knob("base", 0.0))  # type: ignore[union-attr,arg-type]
        initialise(self.model, p.init)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the mean squared error."""
        out, y = self.model(self.x[rows]), self.y[rows]
        if broken:
            y = y + 60 * (torch.rand(len(y)) < 0.2)  # a meter that counts twice
        if self.p.precision == "half-loss":
            return F.mse_loss(out.half(), y.half()), {}
        return F.huber_loss(out, y) if self.p.output == "huber" else F.mse_loss(out, y), {}

    def check(self, share: float) -> Told:
        """Return error and scaled error of the hours held out; below 1 is better than the last value."""
        out, y = self.model(self.x[self.p.n :]), self.y[self.p.n :]
        mase = (out - y).abs().mean().item() / self.naive
        loss = F.huber_loss(out, y) if self.p.output == "huber" else F.mse_loss(out, y)
        return {"val_loss": loss.item(), "val_mase": mase}


class Listener(nn.Module):
    """Convolutions over sound, with batch norm."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        now = 1
        for i in range(p.depth):
            out = p.width if i else p.width // 2
            layers += [nn.Conv1d(now, out, 9 if i == 0 else 5, stride=4 if i == 0 else 2, padding=2)]
            layers += [nn.BatchNorm1d(out, momentum=p.knob("bn_momentum", 0.1))] if p.knob("norm", True) else []
            layers += [ACTIVATIONS[p.activation]()]
            now = out
        self.features, self.drop = nn.Sequential(*layers), nn.Dropout(p.dropout)
        self.head = nn.Linear(now, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of [n, 1, t]."""
        found: Tensor = self.head(self.drop(self.features(x).mean(2)))
        return found


class Commands:
    """Eight kinds of sweeps and beats in noise."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = np.random.default_rng(seed + 19)
        n = p.n + p.n_val
        y = g.integers(0, CLASSES, n)
        if p.knob("silence", 0.0):
            y = np.where(g.random(n) < p.knob("silence", 0.0), 0, y)
        t = np.arange(SOUND) / SOUND
        low = 12 + 6 * (y % 4)[:, None] + g.normal(0, 1.2, (n, 1))
        bend = np.where(y < 4, 9.0, -5.0)[:, None] * t
        x = np.sin(2 * np.pi * (low + bend) * t + g.uniform(0, 6, (n, 1))) * g.uniform(0.5, 1.5, (n, 1))
        x = x + (p.noise if p.noise >= 0 else 0.9) * g.standard_normal((n, SOUND))
        self.x = torch.tensor(x[:, None], dtype=torch.float32)
        self.y = torch.tensor(y)
        self.given = self.y.clone()
        wrong = torch.tensor(g.random(n) < p.knob("wrong", 0.0))
        self.given[wrong] = torch.tensor(g.integers(0, CLASSES, int(wrong.sum())))
        if p.labels == "sorted-apart":
            self.given = self.given[torch.randperm(n, generator=torch.Generator().manual_seed(seed))]
        self.size, self.keys = p.n, self.y[p.n_val :]
        self.model: nn.Module = Listener(p)
        initialise(self.model, p.init)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the cross-entropy."""
        x, y = self.x[rows + self.p.n_val], self.given[rows + self.p.n_val]
        if self.p.augment:
            x = x + self.p.augment * torch.randn_like(x)
        if broken:
            x = x * 400  # an integer that was never divided
        if self.p.knob("mixup", False):
            lam = torch.distributions.Beta(0.8, 0.8).sample((len(x), 1, 1))
            back = torch.flip(torch.arange(len(x)), (0,))
            out = self.model(lam * x + (1 - lam) * x[back])
            lam = lam[:, 0, 0]
            each = lam * F.cross_entropy(out, y, reduction="none")
            each = each + (1 - lam) * F.cross_entropy(out, y[back], reduction="none")
            return each.mean(), {"accuracy": accuracy(out, y)}
        out = self.model(x)
        if self.p.output == "probabilities":
            out = out.softmax(1)
        return F.cross_entropy(out, y, label_smoothing=self.p.smoothing), {"accuracy": accuracy(out, y)}

    def check(self, share: float) -> Told:
        """Return loss and accuracy of sounds held out."""
        x, y = self.x[: self.p.n_val], self.given[: self.p.n_val]
        if self.p.labels == "sorted-apart" or self.p.knob("wrong", 0.0):
            y = self.y[: self.p.n_val]
        out = self.model(x * self.p.knob("val_scale", 1.0))
        told = {"val_accuracy": accuracy(out, y)}
        if self.p.knob("silence", 0.0):
            hit = [(out.argmax(1) == k)[y == k].float().mean().item() for k in range(CLASSES) if (y == k).any()]
            told["val_balanced_accuracy"] = sum(hit) / len(hit)
        if self.p.output == "probabilities":
            out = out.softmax(1)
        return {"val_loss": F.cross_entropy(out, y).item(), **told}


class Cleaner(nn.Module):
    """A filter bank, a mask over its channels, and the way back."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.encoder = nn.Conv1d(1, p.width, 16, stride=8, padding=4)
        self.mask = nn.Sequential(
            nn.Conv1d(p.width, p.width, 5, padding=2),
            nn.PReLU(),
            nn.Conv1d(p.width, p.width, 5, padding=4, dilation=2),
            nn.Sigmoid(),
        )
        self.decoder = nn.ConvTranspose1d(p.width, 1, 16, stride=8, padding=4)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 1, t] without noise."""
        h = torch.relu(self.encoder(x))
        found: Tensor = self.decoder(h * self.mask(h))
        return found


def si_sdr(out: Tensor, clean: Tensor, floor: float = 1e-6) -> Tensor:
    """Return the scale-invariant ratio of signal to distortion of each example, in dB."""
    out, clean = out.flatten(1), clean.flatten(1)
    share = (out * clean).sum(1, keepdim=True) / (clean.square().sum(1, keepdim=True) + floor)
    wanted = share * clean
    return 10 * torch.log10((wanted.square().sum(1) + floor) / ((out - wanted).square().sum(1) + floor))


class Enhance:
    """Voices, sums of a few harmonics with an envelope, in noise."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = np.random.default_rng(seed + 23)
        n = p.n + p.n_val
        t = np.arange(FRAME)
        pitch = g.uniform(0.02, 0.06, (n, 1))
        clean = sum(np.sin(2 * np.pi * k * pitch * t + g.uniform(0, 6, (n, 1))) / k for k in (1, 2, 3))
        clean = clean * (0.55 + 0.45 * np.sin(2 * np.pi * t / 160 + g.uniform(0, 6, (n, 1))))
        level = g.uniform(*p.knob("levels", (0.5, 1.0)), (n, 1))
        noisy = clean + level * g.standard_normal((n, FRAME))
        if p.knob("silent", 0.0):  # recordings in which nobody speaks and nothing sounds
            quiet = g.random(n) < p.knob("silent", 0.0)
            quiet[: p.n_val] = False
            clean[quiet], noisy[quiet] = 0.0, 0.0
        self.clean = torch.tensor(clean[:, None], dtype=torch.float32)
        self.noisy = torch.tensor(noisy[:, None] * p.input_scale, dtype=torch.float32)
        self.size, self.keys = p.n, torch.tensor(level[p.n_val :, 0])
        self.model: nn.Module = Cleaner(p)
        initialise(self.model, p.init)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the negative ratio."""
        noisy, clean = self.noisy[rows + self.p.n_val], self.clean[rows + self.p.n_val]
        if self.p.labels == "noisy-target":
            clean = noisy
        if broken:
            noisy = noisy + 50 * torch.randn_like(noisy)
        out = self.model(noisy)
        if self.p.output == "spectrum":  # magnitudes only
            spectra = torch.fft.rfft(out).abs(), torch.fft.rfft(clean).abs()
            return F.l1_loss(*spectra), {}
        floor = self.p.knob("floor", 1e-6)
        if self.p.output == "both":
            sdr = -si_sdr(out, clean, floor).mean()
            penalty = self.p.knob("energy", 1.0) * (out.square().mean() - noisy.square().mean()).square()
            return sdr + penalty, {"loss_sisdr": sdr.item(), "loss_energy": penalty.item()}
        return -si_sdr(out, clean, floor).mean(), {}

    def check(self, share: float) -> Told:
        """Return the ratio on recordings held out, and by how much it is better than before."""
        noisy, clean = self.noisy[: self.p.n_val], self.clean[: self.p.n_val]
        value = si_sdr(self.model(noisy), clean).mean().item()
        return {"val_loss": -value, "val_si_sdr_improvement": value - si_sdr(noisy, clean).mean().item()}


class Adder(nn.Module):
    """A recurrent network that reads values and marks."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        kind = p.knob("cell", "gru")
        if kind == "gru":
            self.cell: nn.Module = nn.GRU(2, p.width, batch_first=True)
        else:
            self.cell = nn.RNN(2, p.width, batch_first=True, nonlinearity="relu" if kind == "irnn" else "tanh")
        if p.knob("recurrent", 0.0):
            nn.init.orthogonal_(self.cell.weight_hh_l0, gain=p.knob("recurrent", 0.0))  # type: ignore[arg-type]
        self.head = nn.Linear(p.width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum that [n, t, 2] asks for."""
        found: Tensor = self.head(self.cell(x)[0][:, -1])[:, 0]
        return found


class Adding:
    """The sum of the two marked values of a long row; each batch is new."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.length = p, p.knob("length", 24)
        self.g = torch.Generator().manual_seed(seed + 31)
        self.val = self._rows(p.n_val)
        self.size, self.keys = p.n, torch.arange(p.n)
        self.model: nn.Module = Adder(p)
        initialise(self.model, p.init)

    def _rows(self, n: int) -> tuple[Tensor, Tensor]:
        half = self.length // 2
        values = torch.rand(n, self.length, generator=self.g)
        marks = torch.zeros(n, self.length)
        first = torch.randint(0, half, (n,), generator=self.g)
        second = torch.randint(half, self.length, (n,), generator=self.g)
        marks[torch.arange(n), first] = 1
        marks[torch.arange(n), second] = 1
        return torch.stack([values, marks], 2), (values * marks).sum(1)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the squared error."""
        x, y = self._rows(len(rows))
        if broken:
            y = y + 30
        return F.mse_loss(self.model(x), y), {}

    def check(self, share: float) -> Told:
        """Return the squared error on rows kept for it, and how many sums are right to 0.1."""
        out = self.model(self.val[0])
        loss = F.mse_loss(out, self.val[1]).item()
        right = ((out - self.val[1]).abs() < 0.1).float().mean().item()
        return {"val_loss": loss if math.isfinite(loss) else math.nan, "val_within_0.1": right}
