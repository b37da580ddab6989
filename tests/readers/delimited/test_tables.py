from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.readers.delimited.dialect import detect_encoding
from logdoc.readers.delimited.records import NotATableError
from logdoc.readers.delimited.table import read_clean_file, read_table
from logdoc.readers.tables.column import HOLE, NUMBER

ALWAYS_FAST, NEVER_FAST = 0, 1 << 40


def table_of(text, **options):
    return read_table(text.encode() if isinstance(text, str) else text, "log.csv", **options)


def columns_of(text, **options):
    table = table_of(text, **options)
    return {column.name: column.values.tolist() for column in table.columns}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "   "])
def test_delimiters(delimiter):
    rows = [["step", "loss", "acc"], ["1", "0.5", "0.1"], ["2", "0.25", "0.2"]]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    assert columns_of(text) == {"step": [1, 2], "loss": [0.5, 0.25], "acc": [0.1, 0.2]}


def test_padded_headers_and_cells_are_stripped():
    assert columns_of("   epoch,   train/loss\n       0,        0.5\n       1,       0.25\n") == {
        "epoch": [0, 1],
        "train/loss": [0.5, 0.25],
    }


@pytest.mark.parametrize(
    ("encoding", "prefix"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b""), ("latin-1", b"")],
)
def test_encodings(encoding, prefix):
    text = "step,größe\n1,0.5\n2,0.25\n3,0.125\n"
    assert columns_of(prefix + text.encode(encoding)) == {"step": [1, 2, 3], "größe": [0.5, 0.25, 0.125]}


def test_line_ends_of_windows_and_old_macs():
    for end in ("\r\n", "\r"):
        assert columns_of("step,loss\n1,0.5\n2,0.25\n".replace("\n", end)) == {"step": [1, 2], "loss": [0.5, 0.25]}


def test_semicolons_with_decimal_commas():
    assert columns_of("step;loss;acc\n1;0,5;0,1\n2;0,25;0,2\n") == {
        "step": [1, 2],
        "loss": [0.5, 0.25],
        "acc": [0.1, 0.2],
    }


def test_texts_with_commas_do_not_hide_decimal_commas():
    table = table_of("step;note;loss\n1;a, b;0,5\n2;c;0,25\n")
    assert table.columns[2].values.tolist() == [0.5, 0.25]
    table = table_of("step;loss\n1,000;0.5\n2,000;0.25\n")
    assert table.columns[1].values.tolist() == [0.5, 0.25]
    assert any("thousands" in defect.what for defect in table.defects)


def test_quoted_decimal_commas():
    assert columns_of('step,loss\n1,"0,5"\n2,"0,25"\n') == {"step": [1, 2], "loss": [0.5, 0.25]}


def test_quoted_thousands_are_refused_as_ambiguous():
    table = table_of('step,loss\n1,"1,000"\n2,"2,500"\n')
    assert table.columns[1].count(NUMBER) == 0
    assert any("thousands" in defect.what and defect.lost for defect in table.defects)


def test_unquoted_decimal_commas_between_commas_are_refused():
    with pytest.raises(NotATableError, match="decimal commas"):
        table_of("step,loss\n1,0,5\n2,0,25\n3,0,125\n")


def test_quoted_fields_hold_delimiters_and_line_breaks():
    table = table_of('step,note,loss\n1,"a, b",0.5\n2,"two\nlines",0.25\n3,c,0.125\n')
    assert table.columns[2].values.tolist() == [0.5, 0.25, 0.125]
    assert table.columns[1].texts == ["a, b", "two\nlines", "c"]
    assert not table.defects


def test_rows_with_too_many_or_too_few_fields_are_left_out_and_named():
    table = table_of("step,loss,acc\n1,0.5,0.1\n2,0.4,0.2,9\n3,0.3\n4,0.2,0.4\n5,0.1,0.5\n")
    assert table.columns[0].values.tolist() == [1, 4, 5]
    assert {(defect.where, defect.lost) for defect in table.defects} == {("line 3", True), ("line 4", True)}


def test_blank_fields_behind_the_last_are_nothing():
    assert columns_of("step,loss\n1,0.5,\n2,0.25,\n") == {"step": [1, 2], "loss": [0.5, 0.25]}


def test_repeated_header_is_a_new_segment():
    table = table_of("step,loss\n1,0.5\n2,0.4\nstep,loss\n1,0.6\n")
    assert table.columns[0].values.tolist() == [1, 2, 1]
    assert "repeated 1 times" in table.defects[0].what


def test_another_header_in_the_middle_joins_columns_by_name():
    table = table_of("epoch,loss\n1,0.5\n2,0.4\nepoch,loss,val_loss\n3,0.3,0.9\n")
    assert table.names() == ["epoch", "loss", "val_loss"]
    assert table.columns[1].values.tolist() == [0.5, 0.4, 0.3]
    assert table.columns[2].count(HOLE) == 2


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("4", "1 of 2 fields"),
        ("4,0.", "shorter"),
        ("4,", "shorter"),
        ('4,"0.1', "quote"),
        ("4,-", "no number"),
        ("4,0.2x45678", "no number"),
    ],
)
def test_cut_last_row_is_dropped_and_reported(tail, reason):
    table = table_of(f"step,loss\n1,0.512345\n2,0.412345\n3,0.312345\n{tail}")
    assert table.columns[0].values.tolist() == [1, 2, 3]
    assert [defect.lost for defect in table.defects] == [True]
    assert reason in table.defects[0].what
    assert table.defects[0].where == "line 5"


@pytest.mark.parametrize("tail", ["4,0.212345", "4,nan", "4,0.2123456789"])
def test_complete_last_row_without_line_end_is_kept(tail):
    table = table_of(f"step,loss\n1,0.512345\n2,0.412345\n3,0.312345\n{tail}")
    assert table.rows == 4
    assert not table.defects


def test_last_step_cut_in_the_middle_is_no_restart():
    table = table_of("loss,step\n0.5,98\n0.4,99\n0.3,100\n0.3,10")
    assert table.columns[1].values.tolist() == [98, 99, 100]


def test_zero_tail_and_zero_bytes_inside():
    table = table_of(b"step,loss\n1,0.5\n2,0.4\n" + bytes(4096))
    assert table.columns[1].values.tolist() == [0.5, 0.4]
    assert "4096 zero bytes" in table.defects[0].what
    table = table_of(b"step,loss\n1,0.5\n2,0.4\n3,\0\0\0\n4,0.2\n")
    assert table.columns[0].values.tolist() == [1, 2, 4]
    assert table.defects[0].where == "line 4"


def test_unbalanced_quote_costs_its_own_line_only():
    text = "step,loss\n" + "".join(f'{i},"0.5\n' if i == 3 else f"{i},0.{i}\n" for i in range(1, 90))
    table = table_of(text)
    assert table.rows == 88
    assert table.defects[0].where == "line 4"


def test_field_of_two_megabytes_costs_its_own_line_only():
    table = table_of("step,loss\n1,0.5\n2," + "9" * (2 << 20) + "\n3,0.3\n4,0.2\n")
    assert table.columns[0].values.tolist() == [1, 3, 4]
    assert table.defects[0].lost


def test_duplicate_and_missing_names():
    table = table_of("step,loss,loss,\n1,0.5,0.6,7\n2,0.4,0.5,8\n")
    assert table.names() == ["step", "loss", "loss (2)", "column 4"]
    assert "more than once" in table.defects[0].what


def test_table_without_header_gets_invented_names():
    assert columns_of("1,0.5\n2,0.25\n") == {"column 1": [1, 2], "column 2": [0.5, 0.25]}


def test_comment_lines_and_header_in_a_comment():
    assert columns_of("# made by x\n# step loss\n1 0.5\n2 0.25\n") == {"step": [1, 2], "loss": [0.5, 0.25]}


def test_excel_separator_line():
    assert columns_of("sep=;\nstep;loss\n1;0,5\n2;0,4\n") == {"step": [1, 2], "loss": [0.5, 0.4]}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"step,loss\n", "no row"),
        (b"\n\n\n", "no row"),
        (bytes(range(256)) * 20, "binary"),
        (b"\0" * 100, "empty"),
    ],
)
def test_what_is_no_table_says_why(data, why):
    with pytest.raises(NotATableError, match=why):
        table_of(data)


def test_exact_steps_beyond_two_to_the_53():
    for size in (ALWAYS_FAST, NEVER_FAST):
        table = table_of("step,loss\n9007199254740993,0.5\n,0.4\n9007199254740995,0.3\n", fast_size=size)
        assert table.columns[0].exact is not None
        assert table.columns[0].exact.tolist() == [9007199254740993, 0, 9007199254740995]


_cell = st.one_of(
    st.floats().map(repr),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["", "nan", "NA", "inf", "-inf", "None", "text"]),
)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(_cell, min_size=width, max_size=width), min_size=1, max_size=12)
    )
)
def test_both_ways_of_reading_agree(rows):
    names = ["a", "b", "c", "d"][: len(rows[0])]
    text = "\n".join(",".join(row) for row in [names, *rows]) + "\n"
    try:
        slow = table_of(text, fast_size=NEVER_FAST)
    except NotATableError as error:
        with pytest.raises(NotATableError, match=str(error)):
            table_of(text, fast_size=ALWAYS_FAST)
        return
    fast = table_of(text, fast_size=ALWAYS_FAST)
    assert fast.rows == slow.rows
    for one, other in zip(fast.columns, slow.columns, strict=True):
        assert np.array_equal(one.values, other.values, equal_nan=True)
        assert one.logged().tolist() == other.logged().tolist()


@pytest.mark.parametrize("fast_size", [ALWAYS_FAST, NEVER_FAST])
def test_a_table_whose_cells_are_all_empty_or_text_holds_no_row_either_way(fast_size):
    with pytest.raises(NotATableError, match="a header and no row"):
        table_of("a,b\n,text\n", fast_size=fast_size)


def test_messy_large_file_reads_like_a_small_one():
    rows = [f"{i},{i / 7!r},{'' if i % 3 else 'nan'}" for i in range(400)]
    rows[100] = "7,8,9,10"
    rows[200] = "a,b"
    text = "step,loss,val\n" + "\n".join(rows) + "\n"
    fast, slow = (table_of(text, fast_size=size) for size in (ALWAYS_FAST, NEVER_FAST))
    assert fast.rows == slow.rows == 398
    assert fast.columns[1].values.tolist() == slow.columns[1].values.tolist()
    assert [defect.where for defect in fast.defects] == ["line 202", "line 102"]


def test_short_rows_and_extra_columns_are_seen_on_the_fast_way():
    short = table_of("a,b,c\n" + "1,2,3\n" * 50 + "1,2\n" + "1,2,3\n" * 50, fast_size=ALWAYS_FAST)
    assert short.rows == 100
    with pytest.raises(NotATableError):
        table_of("a,b\n" + "1,2,3\n" * 50, fast_size=ALWAYS_FAST)


def test_random_damage_never_raises_and_keeps_most_rows():
    rng = np.random.default_rng(3)
    text = "step,loss,val_loss\n" + "".join(
        f"{i},{1 / (i + 1):.6f},{'' if i % 4 else 0.5 + i / 1000}\n" for i in range(60)
    )
    kept = []
    for _ in range(400):
        data = bytearray(text.encode())
        for _ in range(rng.integers(1, 4)):
            data[rng.integers(25, len(data))] = int(rng.integers(256))
        try:
            kept.append(table_of(bytes(data)).rows)
        except NotATableError:
            kept.append(0)
    assert np.mean(kept) >= 0.95 * 60


def test_every_cut_of_a_file_is_read_or_refused():
    text = 'step,loss,note\n1,0.512345,"a"\n2,0.412345,"b, c"\n3,0.312345,"d"\n4,0.212345,"e"\n'
    for end in range(len(text) + 1):
        try:
            table = table_of(text[:end])
        except NotATableError:
            assert end < 40
            continue
        assert set(table.columns[0].values.tolist()) <= {1, 2, 3, 4}
        assert set(table.columns[1].values.tolist()) <= {0.512345, 0.412345, 0.312345, 0.212345} or end < 60


def test_real_pandas_files_read_back_exactly():
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"step": np.arange(500), "loss": rng.normal(size=500) * 10.0 ** rng.integers(-200, 200, 500)})
    frame["val"] = np.where(frame.step % 10 == 0, rng.normal(size=500), np.nan)
    stream = io.StringIO()
    frame.to_csv(stream, index=False)
    for size in (ALWAYS_FAST, NEVER_FAST):
        table = table_of(stream.getvalue(), fast_size=size)
        for column in table.columns:
            assert np.array_equal(column.values, frame[column.name].to_numpy(dtype=float), equal_nan=True)
        assert table.columns[2].count(HOLE) == 450
        assert not math.isnan(table.columns[1].values.sum())


def test_a_clean_file_is_read_from_the_disk_like_its_bytes(tmp_path):
    path = tmp_path / "log.csv"
    text = "step,loss,val\n" + "".join(f"{i},{1 / (i + 1)!r},{['', 'nan', '0.5'][i % 3]}\n" for i in range(300))
    path.write_text(text)
    table = read_clean_file(path, "log.csv", fast_size=ALWAYS_FAST)
    assert table is not None
    for one, other in zip(table.columns, table_of(text).columns, strict=True):
        assert np.array_equal(one.values, other.values, equal_nan=True)
        assert one.logged().tolist() == other.logged().tolist()


@pytest.mark.parametrize(
    "text",
    [
        'step,loss\n1,"0.5"\n',
        "step,loss\n1,0.5",
        "step,loss\r\n1,0.5\r\n",
        "step,loss\n1,\0\n",
        "1,0.5\n2,0.4\n",
        "step,loss\n1,0.5,3\n",
    ],
)
def test_a_file_that_is_not_plainly_clean_is_looked_at_more_closely(tmp_path, text):
    path = tmp_path / "log.csv"
    path.write_bytes(text.encode())
    assert read_clean_file(path, "log.csv", fast_size=ALWAYS_FAST) is None


def test_a_file_that_grows_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    import pandas as pd

    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,0.5\n")
    real = pd.read_csv

    def growing(*args, **options):
        with path.open("a") as stream:
            stream.write("2,0.4\n")
        return real(*args, **options)

    monkeypatch.setattr(pd, "read_csv", growing)
    assert read_clean_file(path, "log.csv", fast_size=ALWAYS_FAST) is None


def test_chinese_as_windows_writes_it_in_china_is_told_from_accents():
    text = "\u8f6e\u6b21,\u635f\u5931,\u51c6\u786e\u7387\n1,0.5,0.6\n2,0.25,0.7\n3,0.125,0.8\n"

    assert detect_encoding(text.encode("gbk")) == "gb18030"
    assert detect_encoding("step,gr\xf6\xdfe,\xe9poque\n1,0.5,3\n".encode("latin-1")) == "latin-1"
    assert detect_encoding(b"50%|" + b"\xdb" * 8 + b"| 1/2\n") == "latin-1"
