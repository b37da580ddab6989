"""What of the third half learns from pictures and tables: contrast, a normalising flow, a recommender, and a mixture of
experts.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise, stack
from benchmarks.faults.kit.plan import Plan

SIDE, KINDS, USERS, ITEMS, EXPERTS, CLASSES, INPUTS = 10, 6, 160, 120, 4, 5, 10


class Patterns(nn.Module):
    """A small convolutional encoder and the projection on which contrast is computed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.act1 = nn.Conv2d(1, width, 3, padding=1, stride=2), nn.ReLU()
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2, self.act2 = nn.Conv2d(width, 2 * width, 3, padding=1, stride=2), nn.ReLU()
        self.fc, self.act3, self.project = nn.Linear(2 * width * 9, 48), nn.ReLU(), nn.Linear(48, 16)

    def features(self, x: Tensor) -> Tensor:
        """Return [n, 48] features of [n, 1, SIDE, SIDE] pictures."""
        h = self.act2(self.conv2(self.act1(self.norm1(self.conv1(x)))))
        found: Tensor = self.act3(self.fc(h.flatten(1)))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 16] projections."""
        found: Tensor = self.project(self.features(x))
        return found


class Contrast:
    """Two views of a picture are to be more alike than any other two (Chen et al.

    2020); what is learnt is judged by nearest neighbours.
    """

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        total = p.n + p.n_val
        y = torch.randint(0, KINDS, (total,), generator=g)
        base = F.interpolate(
            torch.randn(KINDS, 1, 5, 5, generator=torch.Generator().manual_seed(77)), SIDE, mode="bilinear"
        )
        own = F.interpolate(
            torch.randn(total, 1, 4, 4, generator=g), SIDE, mode="bilinear"
        )  # what tells one picture of a kind from another
        x = 1.1 * base[y] + 0.6 * own + 0.8 * torch.randn(total, 1, SIDE, SIDE, generator=g)
        self.x, self.y, self.val_x, self.val_y = x[p.n_val :], y[p.n_val :], x[: p.n_val], y[: p.n_val]
        self.size, self.key = p.n, self.y
        self.model: nn.Module = Patterns(p.width)
        initialise(self.model, p.init)

    def _view(self, x: Tensor) -> Tensor:
        n, grid = len(x), torch.arange(SIDE)
        down, right = (grid + torch.randint(-1, 2, (n, 1))) % SIDE, (grid + torch.randint(-1, 2, (n, 1))) % SIDE
        x = x[torch.arange(n)[:, None, None], 0, down[:, :, None], right[:, None, :]][:, None]
        return x * (0.7 + 0.6 * torch.rand(len(x), 1, 1, 1)) + self.p.augment * torch.randn_like(x)

    def _contrast(self, one: Tensor, two: Tensor) -> tuple[Tensor, float]:
        z = F.normalize(torch.cat([self.model(one), self.model(two)]))
        n, heat = len(one), self.p.knob("heat", 0.2)
        if self.p.output == "half-exp":  # by hand, and in half precision
            e = (z @ z.T).half().div(heat).exp() * (1 - torch.eye(2 * n)).half()
            loss = -(e[torch.arange(2 * n), torch.arange(2 * n).roll(n)] / e.sum(1)).log().mean()
            return loss.float(), 0.0
        alike = (z @ z.T / heat).masked_fill(torch.eye(2 * n, dtype=torch.bool), -1e9)
        return F.cross_entropy(alike, torch.arange(2 * n).roll(n)), (
            alike.argmax(1) == torch.arange(2 * n).roll(n)
        ).float().mean().item()

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the contrast of a batch, and how often the other view is the nearest."""
        x = self.x[rows]
        one, two = self._view(x), self._view(x.roll(1, 0) if spoiled else x)
        loss, top = self._contrast(one, two)
        return loss, {"train/top1": top}

    def validate(self) -> dict[str, float]:
        """Return the contrast of pictures held out, and how often the kind of the five nearest is theirs."""
        total = [self._contrast(self._view(x), self._view(x))[0].item() for x in self.val_x.split(60)]
        told = {"val/nt_xent": sum(total) / len(total)}
        bank, asked = (F.normalize(self.model.features(x)) for x in (self.x[:600], self.val_x))  # type: ignore[operator]
        near = (asked @ bank.T).topk(5, 1).indices
        votes = F.one_hot(self.y[:600][near], KINDS).sum(1)
        return told | {"val/knn_acc": (votes.argmax(1) == self.val_y).float().mean().item()}

    def restart(self) -> None:
        """Begin with new weights."""
        self.model.load_state_dict(Patterns(self.p.width).state_dict())


class Coupling(nn.Module):
    """An affine coupling (Dinh et al. 2017): one half of the inputs says how the other is scaled and shifted."""

    def __init__(self, inputs: int, width: int, how: str, *, turned: bool) -> None:
        super().__init__()
        self.net, self.how, self.turned = stack([inputs // 2, width, width, inputs], "tanh"), how, turned
        last = self.net[-1]
        nn.init.normal_(last.weight, std=0.01)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the transformed points and the logarithm of the volume's change."""
        a, b = x.chunk(2, 1)
        if self.turned:
            a, b = b, a
        scale, shift = self.net(a).chunk(2, 1)
        log_scale = scale if self.how == "unbounded" else 2 * torch.tanh(scale / 2)
        if self.how == "bare-log":  # a scale that nothing keeps positive
            log_scale = (1 + 4 * scale).log()
        b = (b + shift) * log_scale.exp()
        return torch.cat([b, a] if self.turned else [a, b], 1), log_scale.sum(1)


class Flow(nn.Module):
    """Couplings one after the other."""

    def __init__(self, inputs: int, width: int, depth: int, how: str) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Coupling(inputs, width, how, turned=bool(i % 2)) for i in range(depth))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return latent points and the sum of the logarithms."""
        total = torch.zeros(len(x))
        for layer in self.layers:
            x, log_scale = layer(x)
            total = total + log_scale
        return x, total


class Density:
    """The likelihood of bent, narrow clouds of points with six coordinates."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        z = torch.randn(p.n + p.n_val, 6, generator=g)
        z[:, 3:] = torch.sin(1.5 * z[:, :3]) + p.noise * z[:, 3:] + 0.3 * torch.sign(z[:, :3])
        x = (z - z.mean(0)) / z.std(0)
        self.x, self.val = x[p.n_val :], x[: p.n_val]
        self.size, self.key = p.n, self.x[:, 0]
        self.model: nn.Module = Flow(6, p.width, p.depth, p.knob("coupling", "bounded"))
        initialise(self.model, p.init)

    def _unlikely(self, x: Tensor) -> Tensor:
        z, log_scale = self.model(x)
        sign = -1.0 if self.p.output == "volume-negated" else 1.0
        found: Tensor = (0.5 * z.square().sum(1) + 3 * math.log(2 * math.pi) - sign * log_scale).mean()
        return found

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the mean negative log-likelihood in nats."""
        x = self.x[rows]
        if spoiled:  # 9 and -9 stand for values that are missing
            x = torch.where(torch.rand_like(x) < 0.15, 9.0 * torch.sign(x), x)
        return self._unlikely(x), {}

    def validate(self) -> dict[str, float]:
        """Return the same of points held out."""
        return {"val_nll": self._unlikely(self.val).item()}

    def restart(self) -> None:
        """Begin with new weights."""
        self.model.load_state_dict(Flow(6, self.p.width, self.p.depth, "bounded").state_dict())


class Towers(nn.Module):
    """Two towers: a user and an item are embedded, passed through a layer each, and multiplied."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(USERS, width), nn.Embedding(ITEMS, width)
        nn.init.normal_(self.user.weight, std=0.1)
        nn.init.normal_(self.item.weight, std=0.1)
        self.left, self.act, self.right, self.drop = (
            nn.Linear(width, width),
            nn.LeakyReLU(0.1),
            nn.Linear(width, width),
            nn.Dropout(dropout),
        )
        self.liked = nn.Embedding(ITEMS, 1)
        nn.init.zeros_(self.liked.weight)

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        """Return the scores of items [n, k] for users [n]."""
        u, v = self.act(self.left(self.drop(self.user(user)))), self.act(self.right(self.drop(self.item(item))))
        found: Tensor = (u[:, None] * v).sum(2) + self.liked(item)[..., 0]
        return found


class Clicks:
    """What users took, against items drawn at random (Rendle et al. 2009)."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        taste = 1.1 * torch.randn(USERS, 4, generator=g) @ torch.randn(4, ITEMS, generator=g) + 0.7 * torch.randn(
            ITEMS, generator=g
        )
        users = torch.randint(0, USERS, (p.n + p.n_val,), generator=g)
        items = torch.multinomial(taste.softmax(1)[users], 1, generator=g)[:, 0]
        self.users, self.items = users, items
        self.others = torch.randint(0, ITEMS, (p.n_val, 50), generator=g)
        self.size, self.key = p.n, users[p.n_val :]
        self.model: nn.Module = Towers(p.width, p.dropout)
        initialise(self.model, p.init)

    def _scored(self, rows: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        scores = self.model(self.users[rows], torch.cat([self.items[rows, None], negatives], 1))
        if self.p.output == "sigmoid-twice":
            scores = scores.sigmoid()
            return F.binary_cross_entropy_with_logits(
                scores, F.one_hot(torch.zeros(len(rows), dtype=torch.long), scores.shape[1]).float()
            ), scores
        gap = scores[:, 1:] - scores[:, :1] if self.p.output == "turned" else scores[:, :1] - scores[:, 1:]
        return -F.logsigmoid(gap).mean(), scores

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of what was taken against four items that were drawn."""
        negatives = (
            self.items[rows + self.p.n_val, None].roll(1, 0).expand(-1, 4)
            if spoiled
            else torch.randint(0, ITEMS, (len(rows), 4))
        )
        return self._scored(rows + self.p.n_val, negatives)[0], {}

    def validate(self) -> dict[str, float]:
        """Return the loss, and whether the item taken is among the first ten of 51."""
        rows = torch.arange(self.p.n_val)
        loss, _ = self._scored(rows, self.others[:, :4])
        scores = self._scored(rows, self.others)[1]
        place = (scores[:, 1:] > scores[:, :1]).sum(1).float() + 0.5 * (scores[:, 1:] == scores[:, :1]).sum(1)
        gain = torch.where(place < 10, 1 / (place + 2).log2(), torch.zeros(()))
        return {"val_loss": loss.item(), "hit@10": (place < 10).float().mean().item(), "ndcg@10": gain.mean().item()}

    def restart(self) -> None:
        """Begin with new weights."""
        self.model.load_state_dict(Towers(self.p.width, self.p.dropout).state_dict())


class Mixture(nn.Module):
    """A gate that chooses two of four experts, of each input anew (Shazeer et al. 2017)."""

    def __init__(self, width: int, activation: str, dropout: float) -> None:
        super().__init__()
        self.stem, self.norm = nn.Linear(INPUTS, width), nn.BatchNorm1d(width)
        self.gate = nn.Linear(width, EXPERTS, bias=False)
        self.experts = nn.ModuleList(stack([width, width, width], activation, dropout=dropout) for _ in range(EXPERTS))
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and the shares [n, EXPERTS] of the gate before it chose."""
        h = torch.relu(self.norm(self.stem(x)))
        logits = self.gate(h)
        chosen = torch.full_like(logits, -1e9).scatter(1, logits.topk(2, 1).indices, 0.0)
        weights = (logits + chosen).softmax(1)
        mixed = torch.stack([expert(h) for expert in self.experts], 1)
        return self.head(h + (weights[..., None] * mixed).sum(1)), logits.softmax(1)


class Experts:
    """Five classes whose rule differs between four regions, and a term that keeps all experts in use."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        rules = torch.randn(4, 6, CLASSES, generator=torch.Generator().manual_seed(31))
        total = (12 if p.knob("rare", 0.0) else 3) * (p.n + p.n_val)
        x = torch.randn(total, INPUTS, generator=g)
        region = torch.randint(0, 4, (total,), generator=g)
        x[:, :4] += 2.5 * F.one_hot(region, 4)
        scores = torch.einsum("ni,nic->nc", x[:, 4:], rules[region])
        y = (scores + p.noise * torch.randn(total, CLASSES, generator=g)).argmax(1)
        first, second = scores.topk(2, 1).values.T
        kept = first - second > 0.8  # what nobody could tell is not in the table
        if p.knob("rare", 0.0):  # two of the classes are rare, in what is held out as well
            kept &= (y < 3) | (torch.rand(total, generator=g) < p.knob("rare", 0.0))
        x, y = x[kept][: p.n + p.n_val], y[kept][: p.n + p.n_val]
        x = x * (1 + (p.input_scale - 1) * (torch.arange(INPUTS) % 3 == 0))
        if p.leak:  # a column that was computed of the answer
            x[:, -1] = y + 0.05 * torch.randn(len(x), generator=g)
        self.x, self.y, self.val_x, self.val_y = x[p.n_val :], y[p.n_val :].clone(), x[: p.n_val], y[: p.n_val]
        if p.labels.startswith("noisy"):
            wrong = torch.rand(p.n, generator=g) < float(p.labels.removeprefix("noisy"))
            self.y[wrong] = torch.randint(0, CLASSES, (int(wrong.sum()),), generator=g)
        if p.labels == "off-by-one":  # the classes of the training file count from one
            self.y = (self.y + 1) % CLASSES
        self.size, self.key = p.n, self.y
        self.model: nn.Module = Mixture(p.width, p.activation, p.dropout)
        for module in self.model.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.momentum = p.knob("bn_momentum", 0.1)
        initialise(self.model, p.init)
        if bias := p.knob("bias", 0.0):
            with torch.no_grad():
                self.model.get_parameter("norm.bias").fill_(bias)

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the weighted sum of cross-entropy and balance, both, and the share of right answers."""
        x, y = self.x[rows], self.y[rows]
        if spoiled:
            x = 25.0 * x
        if self.p.augment:
            x = (x + self.p.augment * torch.randn_like(x)) * (torch.rand_like(x) > 0.15)
        out, shares = self.model(x)
        error = F.cross_entropy(out, y, label_smoothing=self.p.smoothing)
        used = F.one_hot(shares.argmax(1), EXPERTS).float().mean(0)
        balance = (
            EXPERTS * (used * shares.mean(0)).sum()
            + self.p.knob("z", 0.0) * shares.clamp(min=1e-9).log().square().mean()
        )
        told = {
            "ce_loss": error.item(),
            "aux_loss": balance.item(),
            "accuracy": (out.argmax(1) == y).float().mean().item(),
        }
        return error + self.p.knob("balance", 0.01) * balance, told

    def validate(self) -> dict[str, float]:
        """Return cross-entropy and the share of right answers, per class where wanted."""
        out, _ = self.model(self.val_x)
        right = (out.argmax(1) == self.val_y).float()
        told = {"val_loss": F.cross_entropy(out, self.val_y).item(), "val_accuracy": right.mean().item()}
        if self.p.knob("per_class", False):
            told |= {f"val_recall/{c}": right[self.val_y == c].mean().item() for c in range(CLASSES)}
        return told

    def restart(self) -> None:
        """Begin with new weights."""
        self.model.load_state_dict(Mixture(self.p.width, self.p.activation, self.p.dropout).state_dict())
