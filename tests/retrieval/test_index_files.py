import random
import shutil

import numpy as np
import pytest

from shikomi.retrieval import Passage, build, open_index

WORDS = ["lamp", "valve", "meter", "設定", "手順", "relay", "表示", "cable", "起動", "switch"]


def written(name):
    """A passage that depends on its id alone."""
    chance = random.Random(name)
    text = " ".join(chance.choices(WORDS, k=30))
    return Passage(name, text, titles=(chance.choice(WORDS),), headings=(chance.choice(WORDS),))


class Reader:
    """Gives passages and remembers which it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, ids):
        self.asked.append(list(ids))
        return map(written, ids)


def found(index):
    return [index.search(f"{a} {b}", 50) for a in WORDS for b in WORDS]


@pytest.fixture
def reader():
    return Reader()


def test_an_index_that_is_kept_is_not_made_again(tmp_path, reader):
    first = open_index(tmp_path / "i", ["a", "b", "c"], reader)
    again = open_index(tmp_path / "i", ["a", "b", "c"], reader)
    assert reader.asked == [["a", "b", "c"]]
    assert found(again) == found(first)


def test_only_what_is_new_is_read(tmp_path, reader):
    open_index(tmp_path / "i", ["a", "b", "c"], reader)
    open_index(tmp_path / "i", ["x", "c", "a"], reader)
    assert reader.asked[1:] == [["x"]]
    assert len(list((tmp_path / "i").iterdir())) == 1


def test_an_index_brought_up_to_date_is_the_one_made_anew(tmp_path, reader):
    chance, ids = random.Random(1), [str(n) for n in range(60)]
    for step in range(8):
        ids = chance.sample(ids, k=50) + [f"{step}-{n}" for n in range(10)]
        chance.shuffle(ids)
        index = open_index(tmp_path / "i", ids, reader)
        assert found(index) == found(build([written(each) for each in ids]))


def test_passages_may_all_go_and_come(tmp_path, reader):
    assert open_index(tmp_path / "i", [], reader).search("lamp", 3) == []
    assert len(open_index(tmp_path / "i", ["a"], reader)) == 1
    assert len(open_index(tmp_path / "i", ["b"], reader)) == 1
    assert open_index(tmp_path / "i", [], reader).search("lamp", 3) == []


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("harm", ["cut", "emptied", "removed"])
@pytest.mark.parametrize("which", range(6))
def test_a_damaged_index_is_made_again(tmp_path, reader, harm, which):
    want = found(open_index(tmp_path / "i", ["a", "b"], reader))
    file = files(tmp_path / "i")[which]
    data = file.read_bytes()
    file.unlink()
    if harm != "removed":
        file.write_bytes(data[: len(data) // 2] if harm == "cut" else b"")
    for _ in range(2):
        assert found(open_index(tmp_path / "i", ["a", "b"], reader)) == want
    assert reader.asked == [["a", "b"], ["a", "b"]]


def test_a_build_that_was_killed_leaves_nothing_in_the_way(tmp_path, reader):
    want = found(open_index(tmp_path / "i", ["a", "b"], reader))
    (whole,) = (tmp_path / "i").iterdir()
    shutil.move(whole, tmp_path / "i" / "unfinished-1")
    assert found(open_index(tmp_path / "i", ["a", "b"], reader)) == want
    assert "unfinished-1" not in [path.name for path in (tmp_path / "i").iterdir()]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path, reader):
    (tmp_path / "i").write_text("a file in its place", encoding="utf-8")
    index = open_index(tmp_path / "i", ["a", "b"], reader)
    assert found(index) == found(build([written("a"), written("b")]))


def test_a_term_may_stand_in_a_passage_more_often_than_is_counted():
    assert build([Passage("a", "lamp " * 70_000)]).search("lamp", 1)[0].id == "a"


def test_many_passages_are_indexed_in_blocks():
    passages = [Passage(str(n), f"number{n} " + "filler " * (n % 3)) for n in range(4_500)]
    index = build(passages)
    assert [index.search(f"number{n}", 1)[0].id for n in (0, 1999, 2000, 4499)] == [
        "0", "1999", "2000", "4499",
    ]  # fmt: skip
    assert np.all(np.diff(index.lists.starts) > 0)
