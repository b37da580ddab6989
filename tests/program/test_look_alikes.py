"""Programs that are in order although they look like a fault: nothing is said about them."""

from __future__ import annotations

import pytest
from programs import changed

HEAD = "return self.head(self.drop(x))"
BATCH = """        optimizer.zero_grad()
        logits = model(x)
        loss = criterion(logits, y)
        loss.backward()
        optimizer.step()
"""
ZERO = "        optimizer.zero_grad()\n"
STEP = "        optimizer.step()\n"
VALIDATION = "    model.eval()\n    with torch.no_grad():\n"

ALIKE = [
    (
        "softmax for the metric only",
        [("hits += (logits.argmax(1)", "p = F.softmax(logits, dim=1)\n            hits += (p.argmax(1)")],
    ),
    ("log_softmax before cross entropy, which changes nothing", [(HEAD, "return F.log_softmax(self.head(x), dim=1)")]),
    (
        "log_softmax before NLLLoss",
        [("nn.CrossEntropyLoss()", "nn.NLLLoss()"), (HEAD, "return F.log_softmax(self.head(x), dim=1)")],
    ),
    (
        "softmax in evaluation only",
        [
            (
                HEAD,
                "x = self.head(x)\n        if self.training:\n            return x\n        return F.softmax(x, dim=1)",
            )
        ],
    ),
    (
        "softmax of attention inside the network",
        [(HEAD, "w = F.softmax(self.body(x), dim=-1)\n        return self.head(w * x)")],
    ),
    ("zero_grad of the network", [("optimizer.zero_grad()", "model.zero_grad(set_to_none=True)")]),
    ("zero_grad after step", [(ZERO, ""), (STEP, STEP + ZERO)]),
    (
        "gradients set to None by hand",
        [("optimizer.zero_grad()", "for p in model.parameters():\n            p.grad = None")],
    ),
    (
        "accumulation over batches",
        [
            (ZERO, ""),
            (STEP, "        if (i + 1) % 4 == 0:\n            optimizer.step()\n            optimizer.zero_grad()\n"),
        ],
    ),
    (
        "one step per epoch over all batches",
        [
            (ZERO, ""),
            (STEP, ""),
            ("    scheduler.step()\n", "    optimizer.step()\n    optimizer.zero_grad()\n    scheduler.step()\n"),
        ],
    ),
    (
        "a scaler of mixed precision",
        [
            ("loss.backward()", "scaler.scale(loss).backward()"),
            ("optimizer.step()", "scaler.step(optimizer)\n        scaler.update()"),
        ],
    ),
    (
        "a closure for LBFGS",
        [
            (
                BATCH,
                (
                    "        def closure():\n"
                    "            optimizer.zero_grad()\n"
                    "            loss = criterion(model(x), y)\n"
                    "            loss.backward()\n"
                    "            return loss\n"
                    "        loss = optimizer.step(closure)\n"
                ),
            )
        ],
    ),
    (
        "a helper that the text does not show",
        [
            (ZERO, ""),
            (STEP, "        apply_gradients(optimizer, loss)\n"),
            ("import torch\n", "import torch\nfrom engine import apply_gradients\n"),
        ],
    ),
    ("accelerate", [("loss.backward()", "accelerator.backward(loss)")]),
    ("gradients taken by hand", [(ZERO, ""), ("optimizer.step()", "w.data -= 0.1 * w.grad")]),
    ("train(False) for evaluation", [("model.eval()", "model.train(False)")]),
    (
        "a network without two modes",
        [
            ("        self.drop = nn.Dropout(0.3)\n", ""),
            ("self.drop(x)", "x"),
            ("    model.eval()\n", ""),
            ("    model.train()\n", ""),
        ],
    ),
    (
        "no_grad as a decorator of a function",
        [
            (VALIDATION, "    model.eval()\n    evaluate(val_loader)\n    if True:\n"),
            (
                "device =",
                "@torch.no_grad()\ndef evaluate(loader):\n    return [model(x) for x, _ in loader]\n\n\ndevice =",
            ),
        ],
    ),
    ("a sampler", [("shuffle=True", "sampler=sampler")]),
    ("shuffle as a setting", [("shuffle=True", "shuffle=args.shuffle")]),
    (
        "shuffled before loading",
        [("shuffle=True", "shuffle=False"), ("device =", "import random\nrandom.shuffle(files)\ndevice =")],
    ),
    (
        "a stream",
        [
            ("shuffle=True", "num_workers=2"),
            ("device =", "class Lines(torch.utils.data.IterableDataset):\n    pass\n\n\ntrain_set = Lines()\ndevice ="),
        ],
    ),
    (
        "a teacher beside the student",
        [
            (
                "        logits = model(x)\n        loss",
                "        with torch.no_grad():\n            soft = teacher(x)\n        logits = model(x)\n        loss",
            ),
            ("device =", "teacher = Net()\ndevice ="),
        ],
    ),
    (
        "groups of parameters",
        [
            (
                "SGD(model.parameters()",
                'SGD([{"params": model.body.parameters()}, {"params": model.head.parameters(), "lr": 1.0}]',
            )
        ],
    ),
    ("wrapped after the optimizer", [("scheduler = ", "model = nn.DataParallel(model)\nscheduler = ")]),
    (
        "a schedule of batches stepped per batch",
        [
            ("StepLR(optimizer, step_size=10)", "OneCycleLR(optimizer, max_lr=0.1, total_steps=3000)"),
            ("    scheduler.step()\n", ""),
            (STEP, STEP + "        scheduler.step()\n"),
        ],
    ),
    (
        "a cosine over all batches stepped per batch",
        [
            ("StepLR(optimizer, step_size=10)", "CosineAnnealingLR(optimizer, T_max=epochs * len(train_loader))"),
            ("    scheduler.step()\n", ""),
            (STEP, STEP + "        scheduler.step()\n"),
        ],
    ),
    (
        "a schedule that is handed on",
        [("    scheduler.step()\n", ""), ("val_loader = ", "runner = Runner(scheduler)\nval_loader = ")],
    ),
    (
        "losses of parts that are trained on together",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward()",
                (
                    "loss = 0\n"
                    "        for part in parts:\n"
                    "            term = criterion(part(x), y)\n"
                    "            loss += term\n"
                    "        loss.backward()"
                ),
            )
        ],
    ),
    ("a detached loss added up", [("total += loss.item()", "total += loss.detach()")]),
    (
        "a logarithm with a small number",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                "loss = -(torch.log(torch.softmax(logits, 1) + 1e-8) * y).sum(1).mean()\n        loss.backward",
            )
        ],
    ),
    (
        "a logarithm of what is clamped",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                (
                    "p = torch.softmax(logits, 1).clamp(min=1e-6)\n"
                    "        loss = -(p.log() * y).mean()\n"
                    "        loss.backward"
                ),
            )
        ],
    ),
    (
        "a loss that is a network of the program as well",
        [
            (
                "model = Net()",
                "class Focal(nn.Module):\n    def forward(self, x, y):\n        return x\n\n\nmodel = load()",
            ),
            ("nn.CrossEntropyLoss()", "Focal()"),
        ],
    ),
    (
        "a helper of the program beside a network that it does not show",
        [("model = Net()", "other = Net()\nmodel = load()"), ("logits = model(x)", "logits = model(other(x))")],
    ),
    (
        "a sum of losses that begins with a tensor of zero",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                (
                    "loss = torch.tensor(0.0, device=device)\n"
                    "        for part in logits:\n"
                    "            loss = loss + criterion(part, y)\n"
                    "        loss.backward"
                ),
            )
        ],
    ),
    (
        "a step of another name",
        [(STEP, "        optimizer.step_and_update_lr()\n")],
    ),
    (
        "a logarithm of what is limited in place",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                (
                    "p = torch.softmax(logits, 1)\n"
                    "        p.data.clamp_(0.01, 0.99)\n"
                    "        loss = -(p.log() * y).mean()\n"
                    "        loss.backward"
                ),
            )
        ],
    ),
    (
        "a division that is guarded",
        [(HEAD, "x = x / (x.norm(dim=1, keepdim=True) + 1e-6)\n        return self.head(x)")],
    ),
    ("attention scaled by a number", [(HEAD, "x = x / math.sqrt(64)\n        return self.head(x)")]),
    (
        "a sum that is divided by the batch",
        [
            ("nn.CrossEntropyLoss()", 'nn.CrossEntropyLoss(reduction="sum")'),
            ("        loss.backward()", "        loss = loss / x.size(0)\n        loss.backward()"),
            ("val_loss = criterion(logits, y)", "val_loss = criterion(logits, y) / len(y)"),
        ],
    ),
    (
        "max instead of argmax",
        [("hits += (logits.argmax(1) == y)", "_, guess = torch.max(logits.data, 1)\n            hits += (guess == y)")],
    ),
    (
        "one-hot targets made of the same labels",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                (
                    "t = F.one_hot(y, 5).float()\n"
                    "        loss = criterion(logits, t)\n"
                    "        hits = (logits.argmax(1) == y).sum()\n"
                    "        loss.backward"
                ),
            )
        ],
    ),
    (
        "targets detached, not outputs",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                "loss = criterion(logits, y.detach())\n        loss.backward",
            )
        ],
    ),
    (
        "frozen for a while",
        [
            (
                "device =",
                (
                    "for p in model.parameters():\n"
                    "    p.requires_grad = False\n"
                    "for p in model.head.parameters():\n"
                    "    p.requires_grad = True\n"
                    "device ="
                ),
            )
        ],
    ),
    (
        "a sum of each epoch",
        [("    scheduler.step()\n", "    scheduler.step()\n    print(epoch, total / len(train_loader))\n")],
    ),
    (
        "a mean over all epochs so far",
        [
            ("    total = 0.0\n", ""),
            ("device =", "losses = 0.0\ndevice ="),
            ("total += loss.item()", "losses += loss.item()"),
            ("    scheduler.step()\n", "    scheduler.step()\n    print(epoch, losses / (epoch + 1))\n"),
        ],
    ),
    (
        "a sum that is taken back at the end of each epoch",
        [
            ("    total = 0.0\n", ""),
            ("device =", "losses = 0.0\ndevice ="),
            ("total += loss.item()", "losses += loss.item()"),
            ("    scheduler.step()\n", "    scheduler.step()\n    print(epoch, losses)\n    losses -= losses\n"),
        ],
    ),
    (
        "a sum over all epochs that is shown at the end",
        [
            ("    total = 0.0\n", ""),
            ("device =", "losses = 0.0\ndevice ="),
            ("total += loss.item()", "losses += loss.item()"),
            (".sum().item()\n", ".sum().item()\nprint(losses)\n"),
        ],
    ),
    (
        "a sum over the batches of one call",
        [
            ("    total = 0.0\n", ""),
            ("        total += loss.item()\n", ""),
            (
                "device =",
                (
                    "def tell(batches):\n"
                    "    losses = 0.0\n"
                    "    for x, y in batches:\n"
                    "        losses += criterion(model(x), y).item()\n"
                    "        print(losses)\n"
                    "device ="
                ),
            ),
        ],
    ),
    (
        "inputs and labels shuffled alike",
        [
            (
                "device =",
                (
                    "import numpy as np\n"
                    "np.random.seed(1)\n"
                    "np.random.shuffle(train_x)\n"
                    "np.random.seed(1)\n"
                    "np.random.shuffle(train_y)\n"
                    "device ="
                ),
            )
        ],
    ),
]


@pytest.mark.parametrize("pairs", [a[1] for a in ALIKE], ids=[a[0] for a in ALIKE])
def test_a_look_alike_is_silent(pairs: list[tuple[str, str]], seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(changed(*pairs)) == {}


FRAMEWORKS = {
    "lightning": """\
import lightning as L
import torch
class Module(L.LightningModule):
    def training_step(self, batch, i):
        x, y = batch
        return torch.nn.functional.cross_entropy(self.net(x), y)
    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters())
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 10)]
L.Trainer().fit(Module())
""",
    "Trainer of transformers": """\
from transformers import Trainer, TrainingArguments, AutoModelForSequenceClassification
model = AutoModelForSequenceClassification.from_pretrained("bert")
Trainer(model, TrainingArguments("out"), train_dataset=train_set).train()
""",
    "deepspeed": """\
import deepspeed
engine, optimizer, loader, _ = deepspeed.initialize(model=model)
for batch in loader:
    loss = engine(batch)
    engine.backward(loss)
    engine.step()
""",
    "a training step in a function of its own": """\
def train_step(model, optimizer, criterion, x, y):
    optimizer.zero_grad(set_to_none=True)
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()
for x, y in loader:
    train_step(model, optimizer, criterion, x, y)
""",
    "two players": """\
import torch
D, G = make_d(), make_g()
opt_d, opt_g = torch.optim.Adam(D.parameters()), torch.optim.Adam(G.parameters())
for real in loader:
    opt_d.zero_grad()
    d_loss = loss_of(D(real)) + loss_of(D(G(z).detach()))
    d_loss.backward()
    opt_d.step()
    opt_g.zero_grad()
    g_loss = loss_of(D(G(z)))
    g_loss.backward()
    opt_g.step()
""",
}


def test_a_network_by_hand_is_silent(seen) -> None:  # type: ignore[no-untyped-def]
    text = "import numpy as np\nfor x, y in batches:\n    net.zero_grad()\n    loss = net(x)\n    net.backward(loss)\n"

    assert "no_step" not in seen(text)
    assert "no_step" in seen(text.replace("numpy as np", "torch"))


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_loop_that_is_written_otherwise_is_silent(name: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(FRAMEWORKS[name]) == {}


def test_zero_grad_in_another_file_of_the_program_counts(seen) -> None:  # type: ignore[no-untyped-def]
    text = changed(
        ("        optimizer.zero_grad()\n", "        clear(optimizer)\n"),
        ("import torch\n", "import torch\nfrom steps import clear\n"),
    )

    assert seen(text, steps="def clear(optimizer):\n    optimizer.zero_grad()\n") == {}
