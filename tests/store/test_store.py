import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from shikomi.errors import UserError
from shikomi.store import Store


def count(store):
    return store.db.execute("SELECT count(*) FROM meta").fetchone()[0]


def test_what_was_stored_is_there_when_opened_again(tmp_path):
    with Store(tmp_path / "p.db") as store:
        store.set_meta("lang", "ja")
    with Store(tmp_path / "p.db") as store:
        assert store.meta("lang") == "ja" and store.meta("other") is None


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(tmp_path):
    store = Store(tmp_path / "p.db")
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.set_meta("a", "1")
        raise ZeroDivisionError
    assert count(store) == 0
    store.set_meta("b", "2")
    assert count(store) == 1


def test_a_nested_transaction_joins_the_outer_one(tmp_path):
    store = Store(tmp_path / "p.db")
    with pytest.raises(ZeroDivisionError), store.transaction():
        with store.transaction():
            store.set_meta("inner", "1")
        raise ZeroDivisionError
    assert count(store) == 0


def test_a_project_of_a_newer_version_says_how_to_upgrade(tmp_path):
    store = Store(tmp_path / "p.db")
    known = store.db.execute("PRAGMA user_version").fetchone()[0]
    store.db.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(UserError) as caught:
        Store(tmp_path / "p.db")
    assert str(caught.value) == (
        f"this project was made by a newer Shikomi (schema 99, this one knows {known}):"
        " upgrade with pip install -U shikomi"
    )


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "p.db").write_bytes(b"a letter to a friend, of some length\n" * 100)
    with pytest.raises(UserError, match=r"p\.db is not a database"):
        Store(tmp_path / "p.db")


def test_another_programs_database_is_left_as_it_was(tmp_path):
    other = sqlite3.connect(tmp_path / "p.db")
    other.execute("CREATE TABLE bookmarks (url)")
    other.commit()
    with pytest.raises(UserError, match="not a Shikomi database"):
        Store(tmp_path / "p.db")
    assert other.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 1


def test_a_missing_folder_is_a_plain_line(tmp_path):
    with pytest.raises(UserError, match="check that its folder exists"):
        Store(tmp_path / "nowhere" / "p.db")


def test_a_full_disk_is_a_plain_line_and_loses_nothing(tmp_path):
    store = Store(tmp_path / "p.db")
    store.set_meta("kept", "1")
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(UserError, match=r"no room left on the disk that holds .*p.db: free some"):
        store.set_meta("big", "x" * 1_000_000)
    assert store.meta("kept") == "1" and count(store) == 1
    store.set_meta("small", "2")
    store.close()
    assert Store(tmp_path / "p.db").meta("small") == "2"


def test_several_that_open_a_new_project_at_once_all_succeed(tmp_path):
    at_once = threading.Barrier(6)

    def open_and_write(path, n):
        at_once.wait()
        with Store(path) as store:
            store.set_meta(str(n), "1")

    with ThreadPoolExecutor(at_once.parties) as pool:
        for project in range(20):  # by chance one of them comes between two steps of another
            path = tmp_path / f"{project}.db"
            list(pool.map(partial(open_and_write, path), range(at_once.parties)))
            assert count(Store(path)) == at_once.parties


def test_a_lock_held_by_another_program_is_a_plain_line(tmp_path):
    store, other = Store(tmp_path / "p.db"), sqlite3.connect(tmp_path / "p.db")
    store.db.execute("PRAGMA busy_timeout = 10")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UserError, match=r"keeps .* locked"):
        store.set_meta("a", "1")
