"""How data are scaled and given, steps outside of their loop, two players, boosted trees: faults and look-alikes."""

from __future__ import annotations

import pytest
from programs import changed

ZERO = "        optimizer.zero_grad()\n"
STEP = "        optimizer.step()\n"
GENERATORS = """\
train_gen = ImageDataGenerator(rescale=1. / 255, horizontal_flip=True)
val_gen = ImageDataGenerator({val})
train = train_gen.flow_from_directory("train", shuffle={shuffle})
val = val_gen.flow_from_directory("val", shuffle=False)
model.fit(train, validation_data=val)
"""
GAME = """\
opt_g = torch.optim.Adam({held}.parameters())
opt_d = torch.optim.Adam(netD.parameters())
for real in loader:
    opt_d.zero_grad()
    fake = netG(z)
    d_loss = loss_of(netD(real)) + loss_of(netD(fake.detach()))
    d_loss.backward()
    opt_d.step()
    opt_g.zero_grad()
    out = netD({sample})
    g_loss = loss_of(out)
    g_loss.backward()
    opt_g.step()
"""
TREES = """\
import lightgbm as lgb
params = {{"objective": "binary", "is_unbalance": {flag}, "scale_pos_weight": {weight}}}
def objective(y, p):
    grad = p - y
    hess = {hess}
    return grad, hess
lgb.train(params, data, {given}=objective)
"""


@pytest.mark.parametrize(
    ("val", "shuffle", "expected"),
    [
        ("rescale=1. / 255", True, set()),
        ("rescale=1. / 255", False, {"training_not_shuffled"}),
        ("", True, {"scaled_apart"}),
        ("horizontal_flip=True", True, {"scaled_apart"}),
        ("preprocessing_function=prepare", True, set()),
        ("**how", True, set()),
    ],
)
def test_generators_of_two_sets_are_compared(val: str, shuffle: bool, expected: set[str], seen) -> None:  # type: ignore[no-untyped-def]
    assert set(seen(GENERATORS.format(val=val, shuffle=shuffle))) == expected


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ("base = EfficientNetB0(include_top=False)\ng = ImageDataGenerator(rescale=1 / 255)\n", True),
        ("base = EfficientNetV2S(include_preprocessing=False)\ng = ImageDataGenerator(rescale=1 / 255)\n", False),
        ("base = keras.applications.ResNet50()\ng = ImageDataGenerator(rescale=1 / 255)\n", False),
        ("m = Sequential([Rescaling(1 / 255)])\ng = ImageDataGenerator(rescale=1 / 255)\n", True),
        ("m = Sequential([Rescaling(1 / 255)])\ng = ImageDataGenerator()\n", False),
        ("g = ImageDataGenerator(rescale=1 / 255, preprocessing_function=preprocess_input)\n", True),
        ("g = ImageDataGenerator(rescale=None, preprocessing_function=preprocess_input)\n", False),
        ("x_train = x_train / 255\ng = ImageDataGenerator(rescale=1 / 255)\nflow = g.flow(x_train, y)\n", True),
        ("x_train /= 255\ng = ImageDataGenerator(rescale=None)\nflow = g.flow(x_train, y)\n", False),
        ("x_train /= 255.0\nm = Sequential([Rescaling(1 / 255)])\nm.fit(x_train, y)\n", True),
        ("x_train /= 255.0\nm = Sequential([Dense(3)])\nm.fit(x_train, y)\n", False),
        ("x_train /= 9.0\nm = Sequential([Rescaling(1 / 255)])\nm.fit(x_train, y)\n", False),
    ],
)
def test_pixels_that_are_divided_twice_are_seen(text: str, twice: bool, seen) -> None:  # type: ignore[no-untyped-def]
    assert ("scaled_twice" in seen(text + "model.fit(data)\n")) is twice


def test_a_division_after_the_tensor_was_made_is_seen(seen) -> None:  # type: ignore[no-untyped-def]
    first = "tf = transforms.Compose([transforms.ToTensor()])\ndevice ="
    divided = ("logits = model(x)\n        loss", "logits = model(x.float() / 255.0)\n        loss")

    assert seen(changed(("device =", first), divided))["scaled_twice"].startswith("train.py:33: 'x' is divided")
    assert seen(changed(divided)) == {}


@pytest.mark.parametrize(
    ("train", "val", "apart"),
    [
        ("transforms.ToTensor(), transforms.Normalize(m, s)", "transforms.ToTensor()", True),
        (
            "transforms.ToTensor(), transforms.Normalize(m, s)",
            "transforms.ToTensor(), transforms.Normalize(m, s)",
            False,
        ),
        ("transforms.ToTensor(), transforms.Normalize(m, s)", "Own(), transforms.ToTensor()", False),
        ("transforms.RandomCrop(32), transforms.ToTensor()", "transforms.ToTensor()", False),
    ],
)
def test_transforms_of_two_sets_are_compared(train: str, val: str, apart: bool, seen) -> None:  # type: ignore[no-untyped-def]
    chains = f"train_tf = transforms.Compose([{train}])\ntest_tf = transforms.Compose([{val}])\ndevice ="

    assert ("scaled_apart" in seen(changed(("device =", chains)))) is apart


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("model.fit(x, y, validation_data=(x, y))", True),
        ("model.fit(x, y, validation_data=(x_test, y_test))", False),
        ("model.fit(train, validation_data=train)", True),
        ("model.fit(make(), validation_data=make())", False),
        ("model.fit(x, y, eval_set=[(x, y)])", True),
        ("model.fit(x, y, eval_set=[(x, y), (x_val, y_val)])", False),
        ("module.fit(batches, eval_data=batches)", True),
        ("Trainer(model, args, train_dataset=data, eval_dataset=data).fit()", True),
        ("Trainer(model, args, train_dataset=data['train'], eval_dataset=data['test']).fit()", False),
        ("model.fit(x, x, validation_data=(x_test, x_test))", False),
    ],
)
def test_validation_on_what_is_fitted_is_seen(text: str, same: bool, seen) -> None:  # type: ignore[no-untyped-def]
    assert ("validation_on_training_data" in seen(text + "\n")) is same


def test_a_step_outside_of_the_loop_is_seen(seen) -> None:  # type: ignore[no-untyped-def]
    outside = changed((STEP, ""), ("    scheduler.step()\n", "    optimizer.step()\n    scheduler.step()\n"))

    assert seen(outside)["step_outside_loop"].startswith("train.py:36: ")


def test_a_loop_without_backward_is_seen(seen) -> None:  # type: ignore[no-untyped-def]
    silent = ("        loss.backward()\n", "")

    assert seen(changed(silent))["no_step"].startswith("train.py:34: step()")
    handed = changed((ZERO, ""), ("        loss.backward()\n", "        optimizer.zero_grad()\n        learn(loss)\n"))
    assert seen(handed) == {}


def test_two_players_are_told_apart(seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(GAME.format(held="netG", sample="fake")) == {}
    assert "'g_loss' of the generator" in seen(GAME.format(held="netG", sample="fake.detach()"))["graph_cut"]
    assert seen(GAME.format(held="netD", sample="fake"))["other_parameters"].startswith("train.py:1: 'opt_g'")


def test_a_discriminator_that_stands_still_belongs_to_the_game(seen) -> None:  # type: ignore[no-untyped-def]
    assert seen("discriminator.trainable = False\ncombined.compile('adam', 'mse')\n") == {}
    assert "parts_frozen" in seen("base.trainable = False\ncombined.compile('adam', 'mse')\n")


@pytest.mark.parametrize(
    ("flag", "weight", "hess", "given", "expected"),
    [
        ("True", "9.2", "p * (1 - p)", "fobj", {"positives_weighted_twice"}),
        ("'true'", "ratio", "p * (1 - p)", "fobj", {"positives_weighted_twice"}),
        ("False", "9.2", "p * (1 - p)", "fobj", set()),
        ("True", "1", "p * (1 - p)", "fobj", set()),
        ("False", "1", "np.zeros(len(y))", "fobj", {"curvature_zero"}),
        ("False", "1", "np.ones(len(y))", "fobj", set()),
        ("False", "1", "np.zeros(len(y))", "feval", set()),
        ("False", "1", "np.zeros(len(y))\n    hess[p > 0] = 1", "fobj", set()),
    ],
)
def test_settings_and_objectives_of_trees_are_read(flag, weight, hess, given, expected, seen) -> None:  # type: ignore[no-untyped-def]
    assert set(seen(TREES.format(flag=flag, weight=weight, hess=hess, given=given))) == expected


def test_the_default_rate_of_adadelta_is_seen_where_it_is_that_of_keras(seen) -> None:  # type: ignore[no-untyped-def]
    fit = "model.compile(optimizer={}, loss='mse')\nmodel.fit(x, y)\n"

    assert list(seen(fit.format("keras.optimizers.Adadelta()"))) == ["adadelta_default"]
    assert seen(fit.format("keras.optimizers.Adadelta(1.0)")) == {}
    assert seen("import torch\noptimizer = torch.optim.Adadelta()\noptimizer.zero_grad()\n") == {}
