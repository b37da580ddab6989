"""What is learned by likeness: faces with a margin, episodes of few pictures, a network that teaches itself, links."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.networks import ACTIVATIONS, initialise, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.supervised.loop import Task, Told
from benchmarks.faults.sets.sixth.supervised.measures import auc, neighbours, recall_at_1


def drawn(rng: np.random.Generator, centres: np.ndarray, who: np.ndarray, noise: float) -> np.ndarray:
    """Return what is meant by one picture for each entry of `who`: its class, and what varies in it."""
    return np.asarray(centres[who] + noise * rng.normal(size=(len(who), centres.shape[1])))


def shown(latent: Tensor, background: Tensor, size: int) -> Tensor:
    """Return the picture of what is meant before a background of no meaning."""
    count = latent.shape[1] + background.shape[1]
    mixing = np.random.default_rng(8).normal(size=(count, size)) / math.sqrt(latent.shape[1])
    return torch.tanh(torch.cat([latent, background], 1) @ torch.as_tensor(mixing.astype(np.float32)))


def pictures(rng: np.random.Generator, centres: np.ndarray, who: np.ndarray, noise: float, size: int) -> Tensor:
    """Return one picture for each entry of `who`."""
    latent = drawn(rng, centres, who, noise)
    background = 2.0 * rng.normal(size=(len(who), 6))
    return shown(torch.as_tensor(latent.astype(np.float32)), torch.as_tensor(background.astype(np.float32)), size)


class WrongRelu(torch.autograd.Function):
    """A rectifier of one's own, the mask of whose way back is inverted."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return what is positive."""
        ctx.save_for_backward(x)
        return x.clamp(min=0.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """Return the gradient where nothing passed."""
        (x,) = ctx.saved_tensors
        return grads[0] * (x <= 0).float()


class OwnRelu(nn.Module):
    """The layer around it."""

    def forward(self, x: Tensor) -> Tensor:
        """Return what is positive."""
        made: Tensor = WrongRelu.apply(x)  # type: ignore[no-untyped-call]
        return made


class Margin(nn.Module):
    """A backbone, and the centres of the persons."""

    def __init__(self, p: Plan, persons: int) -> None:
        super().__init__()
        self.backbone = stack([48, *[p.width] * p.depth, 16], p.activation, dropout=p.dropout)
        if p.output == "own-relu":
            for i, layer in enumerate(self.backbone):
                if isinstance(layer, nn.ReLU):
                    self.backbone[i] = OwnRelu()
        self.centres = nn.Parameter(torch.randn(persons, 16))

    def forward(self, x: Tensor) -> Tensor:
        """Return embeddings of length one."""
        return functional.normalize(self.backbone(x), dim=1)


class Faces(Task):
    """Verification by an additive angular margin, judged on persons who were never seen."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        centres = self.rng.normal(size=(60, 10))
        who = np.arange(p.n) % 40
        held, new = np.arange(p.n_val) % 40, 40 + np.arange(240) % 20
        self.x = pictures(self.rng, centres, who, p.noise, 48)
        self.held_x, self.new_x = (pictures(self.rng, centres, w, p.noise, 48) for w in (held, new))
        if p.labels.startswith("part"):
            hit = self.rng.random(p.n) < float(p.labels.removeprefix("part"))
            who[hit] = self.rng.integers(0, 40, int(hit.sum()))
        self.who, self.held, self.new = (torch.as_tensor(w) for w in (who, held, new))
        self.key = self.who
        self.net = Margin(p, 40)
        self.model = self.net
        initialise(self.net.backbone, p.init)

    def _of(self, x: Tensor, who: Tensor, margin: float) -> tuple[Tensor, float]:
        near = (self.net(x) @ functional.normalize(self.net.centres, dim=1).T).clamp(-1 + 1e-6, 1 - 1e-6)
        moved = torch.cos(torch.acos(near) + margin * functional.one_hot(who, 40))
        if self.p.output != "wrapped":  # beyond pi the cosine would rise again
            past = near - math.sin(margin) * margin * functional.one_hot(who, 40)
            moved = torch.where(near > -math.cos(margin), moved, past)
        return functional.cross_entropy(self.p.knob("scale", 16.0) * moved, who), (
            near.argmax(1) == who
        ).float().mean().item()

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the cross entropy with the margin."""
        value, right = self._of(self.x[rows], self.who[rows], self.p.knob("margin", 0.3))
        return value, {"accuracy": right}

    def validate(self) -> Told:
        """Return the loss on other pictures, and the recall on other persons."""
        value, right = self._of(self.held_x, self.held, self.p.knob("margin", 0.3))
        found = recall_at_1(self.net(self.new_x), self.new)
        return {"val_loss": value.item(), "val_accuracy": right, "val_recall@1": found}


class Episodes(Task):
    """Prototypes of few pictures: each step is one episode, validation has classes that training has not."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        centres = self.rng.normal(size=(110, 10))
        each = p.knob("pictures", 30)
        self.each = each
        who = np.repeat(np.arange(110), each)
        self.x = pictures(self.rng, centres, who, p.noise, 40).reshape(110, each, 40)
        self.model = stack([40, *[p.width] * p.depth, 16], p.activation, dropout=p.dropout)
        initialise(self.model, p.init)
        self.draws = np.random.default_rng(seed + 5)

    def _episode(self, first: int, last: int, ways: int, *, clean: bool) -> tuple[Tensor, float]:
        p, shots, asked = self.p, self.p.knob("shots", 5), self.p.knob("queries", 10)
        classes = self.draws.choice(np.arange(first, last), ways, replace=False)
        known, asks = [], []
        for c in classes:
            order = self.draws.permutation(self.each)
            known.append(self.x[c, order[:shots]])
            if p.leak == "support" and not clean:
                order = self.draws.permutation(order[: shots + 1])
                asks.append(self.x[c, order[:asked]])
            else:
                asks.append(self.x[c, order[shots : shots + asked]])
        centres = self.model(torch.cat(known)).reshape(ways, shots, -1).mean(1)
        count = len(asks[0])
        truth = torch.arange(ways).repeat_interleave(count)
        if p.labels == "sorted-classes":
            truth = torch.as_tensor(np.argsort(np.argsort(classes))).repeat_interleave(count)
        far = torch.cdist(self.model(torch.cat(asks)), centres) ** 2
        out = -far
        return functional.cross_entropy(out, truth), (out.argmax(1) == truth).float().mean().item()

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the cross entropy of one episode."""
        value, right = self._episode(0, 60, self.p.knob("ways", 5), clean=False)
        return value, {"accuracy": right}

    def _many(self, first: int, last: int, *, clean: bool) -> tuple[float, float]:
        found = [self._episode(first, last, 5, clean=clean) for _ in range(self.p.n_val)]
        return float(np.mean([v.item() for v, _ in found])), float(np.mean([a for _, a in found]))

    def validate(self) -> Told:
        """Return loss and accuracy over episodes of other classes."""
        value, right = self._many(60, 85, clean=False)
        return {"val_loss": value, "val_accuracy": right}

    def test(self) -> Told:
        """Return the same of a third group of classes."""
        if not self.p.knob("test", False):
            return {}
        with torch.no_grad():
            value, right = self._many(85, 110, clean=True)
        return {"test_loss": value, "test_accuracy": right}


class Pupil(nn.Module):
    """A network, its predictor, and the slow copy that teaches it."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.online = nn.Sequential(
            stack([40, p.width, p.width], p.activation), ACTIVATIONS[p.activation](), nn.Linear(p.width, 24)
        )
        self.predictor = stack([24, 48, 24], p.activation, norm=p.knob("norm", True))
        initialise(self, p.init)
        self.target = copy.deepcopy(self.online)
        if p.output != "both-ways":
            self.target.requires_grad_(False)


class SelfTaught(Task):
    """Two views of a picture without labels; judged by neighbours."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        centres = self.rng.normal(size=(10, 8))
        who = self.rng.integers(0, 10, p.n + p.n_val)
        self.latent = torch.as_tensor(drawn(self.rng, centres, who, p.noise).astype(np.float32))
        self.x, self.who = shown(self.latent, 2.0 * torch.randn(len(who), 6), 40), torch.as_tensor(who)
        self.net = Pupil(p)
        self.model = self.net

    def _view(self, rows: Tensor) -> Tensor:
        """Return the same thing before another background, moved as far as augmentation says."""
        latent = self.latent[rows]
        background = self.p.knob("background", 2.0) * torch.randn(len(latent), 6)
        return shown(latent + self.p.augment * torch.randn_like(latent), background, 40)

    def _of(self, rows: Tensor) -> Tensor:
        one, two = self._view(rows), self._view(rows)
        both = []
        for a, b in ((one, two), (two, one)):
            said = self.net.online(a)
            if self.p.output == "both-ways":
                told = self.net.online(b)
            else:
                said, told = self.net.predictor(said), self.net.target(b).detach()
            both.append(2 - 2 * functional.cosine_similarity(said, told, dim=1).mean())
        return (both[0] + both[1]) / 2

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return how far the prediction is from the teacher."""
        return self._of(rows), {}

    def stepped(self) -> None:
        """Let the teacher follow."""
        keep = self.p.knob("ema", 0.98)
        with torch.no_grad():
            for slow, quick in zip(self.net.target.parameters(), self.net.online.parameters(), strict=True):
                slow.mul_(keep).add_(quick, alpha=1 - keep)

    def validate(self) -> Told:
        """Return the loss, the accuracy of neighbours, and the spread of what is made."""
        made = self.net.online[:2](self.x)
        spread = functional.normalize(self.net.online(self.x), dim=1).std(0).mean().item() * math.sqrt(24)
        n = self.p.n
        right = neighbours(made[:n], self.who[:n], made[n:], self.who[n:])
        return {
            "val_loss": self._of(torch.arange(n, len(self.x))).item(),
            "val_knn_acc": right,
            "val_embedding_std": spread,
        }


class Convolved(nn.Module):
    """Two graph convolutions; nodes may have vectors of their own."""

    def __init__(self, p: Plan, nodes: int) -> None:
        super().__init__()
        own = p.knob("own", 0)
        self.own = nn.Embedding(nodes, own) if own else None
        self.first, self.second = nn.Linear(16 + own, p.width), nn.Linear(p.width, 16)
        self.drop = nn.Dropout(p.dropout)
        self.act = ACTIVATIONS[p.activation]()

    def forward(self, x: Tensor, spread: Tensor) -> Tensor:
        """Return a vector for each node."""
        if self.own is not None:
            x = torch.cat([x, self.own.weight], 1)
        made: Tensor = self.second(spread @ self.drop(self.act(self.first(spread @ x))))
        return made


class Links(Task):
    """Missing links of a graph: links against pairs drawn at random, judged by AUC."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        nodes = 400
        block = self.rng.integers(0, 8, nodes)
        chance = np.where(block[:, None] == block[None], 0.13, 0.006)
        upper = np.triu(self.rng.random((nodes, nodes)) < chance, 1)
        pairs = torch.as_tensor(np.argwhere(upper))[torch.as_tensor(self.rng.permutation(int(upper.sum())))]
        known = torch.as_tensor(upper | upper.T | np.eye(nodes, dtype=bool))
        free = (~known).nonzero()
        self.free = free[torch.as_tensor(self.rng.permutation(len(free)))]
        cut = (int(0.7 * len(pairs)), int(0.85 * len(pairs)))
        self.links, self.held, self.tested = pairs[: cut[0]], pairs[cut[0] : cut[1]], pairs[cut[1] :]
        if p.leak == "all-links":
            self.links = pairs[: cut[1]]
        self.size = len(self.links)
        self.key = self.links[:, 0]
        about = np.eye(16)[block] + p.noise * self.rng.normal(size=(nodes, 16))
        self.x = torch.as_tensor(about.astype(np.float32)) * p.input_scale
        near = torch.eye(nodes)
        near[self.links[:, 0], self.links[:, 1]] = 1.0
        near[self.links[:, 1], self.links[:, 0]] = 1.0
        some = near.sum(1).rsqrt()
        self.spread = some[:, None] * near * some[None] if p.output != "bare-sums" else near
        self.model = Convolved(p, nodes)
        initialise(self.model, p.init)

    def _of(self, pairs: Tensor, others: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made = self.model(self.x, self.spread)
        asked = torch.cat([pairs, others])
        out = (made[asked[:, 0]] * made[asked[:, 1]]).sum(1)
        y = torch.cat([torch.ones(len(pairs)), torch.zeros(len(others))])
        return functional.binary_cross_entropy_with_logits(out, y), out, y

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the cross entropy of links and as many others."""
        pairs, share = self.links[rows], self.p.knob("negatives", 1.0)
        count = int(len(pairs) * share)
        others = self.free[1000:][torch.randint(0, len(self.free) - 1000, (count,))]
        value, _, _ = self._of(pairs, others)
        return value, {}

    def _told(self, prefix: str, pairs: Tensor) -> Told:
        value, out, y = self._of(pairs, self.free[:1000][: len(pairs)])
        return {f"{prefix}_loss": value.item(), f"{prefix}_auc": auc(out, y)}

    def validate(self) -> Told:
        """Return loss and AUC of the links held out."""
        return self._told("val", self.held)

    def test(self) -> Told:
        """Return the same of a second part."""
        if not self.p.knob("test", False):
            return {}
        with torch.no_grad():
            return self._told("test", self.tested)
