"""Histories that programs saved of themselves: NumPy arrays and pickles, of which nothing is ever unpickled."""

from __future__ import annotations

import collections
import contextlib
import io
import math
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.model import Defect, Run
from logdoc.readers import load
from logdoc.readers.pickled import MAX_VALUES, PickleRefusedError, plain_values

COUNT = 12
LOSS = [2.0 / (i + 1) for i in range(COUNT)]
HISTORY = {"loss": LOSS, "val_loss": [x + 0.1 for x in LOSS], "accuracy": [i / COUNT for i in range(COUNT)]}


def one(path: Path) -> Run:
    (item,) = load([path])
    assert isinstance(item, Run), item
    return item


def refusal(path: Path) -> str:
    (item,) = load([path])
    assert isinstance(item, Defect), item
    return item.what


def assert_history(run: Run) -> None:
    assert set(run.series) == set(HISTORY)
    for name, values in HISTORY.items():
        assert run.series[name].values.tolist() == pytest.approx(values)
        assert run.series[name].steps.tolist() == list(range(COUNT))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "made",
    [
        HISTORY,
        {name: np.array(values) for name, values in HISTORY.items()},
        {name: [np.float64(value) for value in values] for name, values in HISTORY.items()},
        {name: tuple(values) for name, values in HISTORY.items()},
        collections.OrderedDict(HISTORY),
        collections.defaultdict(list, HISTORY),
    ],
    ids=["lists", "arrays", "scalars", "tuples", "ordered", "default"],
)
def test_a_pickled_history_of_any_protocol(tmp_path, protocol, made):
    path = tmp_path / "history.pkl"
    path.write_bytes(pickle.dumps(made, protocol=protocol))
    assert_history(one(path))


def test_a_history_without_a_suffix_as_keras_examples_save_it(tmp_path):
    path = tmp_path / "trainHistoryDict"
    path.write_bytes(pickle.dumps(HISTORY))
    assert_history(one(path))
    assert_history(next(item for item in load([tmp_path]) if isinstance(item, Run)))


def test_single_precision_big_endian_and_fortran_arrays_have_their_values():
    made = {
        "loss": np.array(LOSS, dtype="<f4"),
        "b": np.array(LOSS, dtype=">f8"),
        "c": np.asfortranarray(np.ones((2, 3))),
    }
    found = plain_values(pickle.dumps(made))
    assert found["loss"] == pytest.approx(LOSS, rel=1e-6)
    assert found["b"] == LOSS
    assert found["c"] == [[1.0] * 3] * 2


def test_nan_and_infinity_are_kept():
    assert str(plain_values(pickle.dumps([math.nan, math.inf, -math.inf]))) == "[nan, inf, -inf]"


class _Command:
    def __init__(self, target: str) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.target,)


def test_a_pickle_that_would_run_something_is_refused_by_name_and_runs_nothing(tmp_path):
    target = tmp_path / "made"
    path = tmp_path / "history.pkl"
    path.write_bytes(pickle.dumps({"loss": [1.0, _Command(str(target))]}))
    assert "mkdir" in refusal(path)
    assert not target.exists()


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (pd.DataFrame(HISTORY), "pandas"),
        (pd.Series(LOSS), "pandas"),
        ({"loss": LOSS, "path": Path("x")}, "pathlib"),
        ({"loss": {1, 2}}, "EMPTY_SET"),
        ({"loss": [1j]}, "complex"),
        ({"loss": range(3)}, "range"),
    ],
    ids=["frame", "series", "path", "set", "complex", "range"],
)
def test_other_objects_are_refused_by_what_they_are(tmp_path, made, named):
    path = tmp_path / "history.pkl"
    path.write_bytes(pickle.dumps(made))
    what = refusal(path)
    assert named in what
    assert "nothing was unpickled" in what


def test_a_pickle_that_no_name_calls_a_history_says_what_it_is_only_when_asked(tmp_path):
    path = tmp_path / "dataset.pkl"
    path.write_bytes(pickle.dumps({"loss": LOSS}))
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{x}\n" for i, x in enumerate(LOSS)))
    assert [item.id for item in load([tmp_path]) if isinstance(item, Run)] == ["log.csv"]
    assert isinstance(one(path), Run)


def test_a_cut_or_bent_pickle_is_refused():
    data = pickle.dumps(HISTORY)
    for cut in (5, len(data) // 2, len(data) - 1):
        with pytest.raises(PickleRefusedError):
            plain_values(data[:cut])


def test_a_list_that_is_meant_many_times_over_is_bounded():
    value: object = [1.0] * 1000
    for _ in range(4):
        value = [value] * 1000
    with pytest.raises(PickleRefusedError, match=f"{MAX_VALUES:,} values"):
        plain_values(pickle.dumps(value))


def test_a_list_in_itself_is_bounded():
    value: list[object] = []
    value.append(value)
    with pytest.raises(PickleRefusedError, match="levels deep"):
        plain_values(pickle.dumps(value))


_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def _listed(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_listed(item) for item in value]
    return {key: _listed(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(value=_values, protocol=st.integers(0, 5))
def test_plain_values_come_back_as_they_were(value, protocol):
    if _depth(value) > 8:
        with pytest.raises(PickleRefusedError, match="levels deep"):
            plain_values(pickle.dumps(value, protocol=protocol))
    else:
        assert repr(plain_values(pickle.dumps(value, protocol=protocol))) == repr(_listed(value))


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return 1 + max(map(_depth, inner), default=-1) if isinstance(value, dict | list | tuple) else 0


@given(data=st.binary(max_size=200), start=st.sampled_from([b"", b"\x80\x04", b"(dp0\n", pickle.dumps(HISTORY)[:60]]))
def test_bytes_of_any_kind_are_values_or_refused(data, start):
    with contextlib.suppress(PickleRefusedError):
        assert not callable(plain_values(start + data))


def test_a_name_in_a_pickle_is_never_imported():
    sys.modules.pop("antigravity", None)
    for named in (b"cantigravity\nfly\n.", b"cantigravity\nfly\n(tR.", b"\x80\x04\x8c\x0bantigravity\x8c\x03fly\x93."):
        with pytest.raises(PickleRefusedError, match="antigravity"):
            plain_values(named)
    assert "antigravity" not in sys.modules


class TestArrays:
    def test_evaluations_of_stable_baselines(self, tmp_path):
        path = tmp_path / "evaluations.npz"
        results = np.arange(10)[:, None] + np.array([-1.0, 0.0, 1.0])
        lengths = np.full((10, 3), 200)
        np.savez(path, timesteps=np.arange(1, 11) * 500, results=results, ep_lengths=lengths, successes=results > 4)
        run = one(path)
        reward = run.series["eval/mean_reward"]
        assert reward.steps.tolist() == list(range(500, 5500, 500))
        assert reward.values.tolist() == list(range(10))
        assert run.series["eval/mean_ep_length"].values.tolist() == [200.0] * 10
        assert run.series["eval/success_rate"].values[-1] == 1.0

    def test_arrays_of_a_run_lie_together(self, tmp_path):
        np.save(tmp_path / "train_losses.npy", np.array(LOSS))
        np.save(tmp_path / "val_losses.npy", np.array(LOSS) + 1)
        (run,) = load([tmp_path])
        assert isinstance(run, Run)
        assert {name: len(series) for name, series in run.series.items()} == {"train_losses": 12, "val_losses": 12}

    def test_a_saved_dict_is_a_pickle_behind_a_header_and_is_walked(self, tmp_path):
        path = tmp_path / "history.npy"
        np.save(path, HISTORY)
        assert_history(one(path))
        np.save(path, np.array({"loss": [_Command(str(tmp_path / "made"))]}))
        assert "mkdir" in refusal(path)
        assert not (tmp_path / "made").exists()

    def test_an_archive_of_named_lists(self, tmp_path):
        path = tmp_path / "history.npz"
        np.savez_compressed(path, **{name: np.array(values) for name, values in HISTORY.items()})
        assert_history(one(path))

    def test_data_sets_in_the_same_forms_are_passed_over(self, tmp_path):
        np.save(tmp_path / "x_train.npy", np.zeros((4, 4)))
        np.savez(tmp_path / "mnist.npz", x=np.zeros(3))
        (item,) = load([tmp_path])
        assert isinstance(item, Defect)
        assert item.what.startswith("nothing to judge")

    def test_an_image_in_an_array_is_no_curve(self, tmp_path):
        path = tmp_path / "loss.npy"
        np.save(path, np.zeros((100, 100)))
        assert "no curve" in refusal(path)

    @pytest.mark.parametrize("cut", [8, 40, 130, 170])
    def test_cut_arrays_are_refused(self, tmp_path, cut):
        path = tmp_path / "loss.npy"
        buffer = io.BytesIO()
        np.save(buffer, np.array(LOSS))
        path.write_bytes(buffer.getvalue()[:cut])
        assert refusal(path).startswith("not judged")

    def test_an_archive_that_unpacks_without_end_is_refused(self, tmp_path):
        path = tmp_path / "history.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("loss.npy", b"\x93NUMPY\x01\x00" + bytes(80 << 20))
        assert "MiB" in refusal(path)

    @pytest.mark.parametrize("header", ["{'descr': '<f8', (", "{'descr': [[[", "", "__import__('os')", "{'a': 1}" * 50])
    def test_a_header_that_is_no_description(self, tmp_path, header):
        path = tmp_path / "loss.npy"
        text = header.encode() + b"\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(80))
        assert "damaged array" in refusal(path)

    @pytest.mark.parametrize("cut", [1, 2, 20])
    def test_an_archive_with_a_bent_directory(self, tmp_path, cut):
        path = tmp_path / "history.npz"
        np.savez(path, loss=np.array(LOSS))
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + cut :])
        assert refusal(path).startswith("not judged")

    def test_a_header_that_claims_more_than_there_is(self, tmp_path):
        path = tmp_path / "loss.npy"
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (2**40,)})
        path.write_bytes(buffer.getvalue() + bytes(64))
        assert "cut short" in refusal(path)


def test_matlab_files_say_what_to_do(tmp_path):
    path = tmp_path / "history.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(200))
    assert "writetable" in refusal(path)
