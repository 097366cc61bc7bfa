import pytest

from shikomi.store import Store, progress


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "p.db")


def test_a_subject_is_done_only_under_the_fingerprint_it_was_done_with(store):
    progress.mark(store, "generate", "s1", "f1")
    assert progress.is_done(store, "generate", "s1", "f1")
    assert not progress.is_done(store, "generate", "s1", "f2")
    assert not progress.is_done(store, "lint", "s1", "f1")
    assert progress.done_subjects(store, "generate", "f1") == {"s1"}
    assert progress.done_subjects(store, "generate", "f2") == set()


def test_a_failure_is_not_done_keeps_its_reason_and_can_be_reopened(store):
    progress.mark(store, "generate", "s1", "f1", "refused")
    progress.mark(store, "generate", "s2", "f1")
    assert progress.failed_subjects(store, "generate", "f1") == {"s1": "refused"}
    assert progress.done_subjects(store, "generate", "f1") == {"s2"}
    assert progress.reopen_failed(store, "generate") == 1
    assert progress.failed_subjects(store, "generate", "f1") == {}
    assert progress.done_subjects(store, "generate", "f1") == {"s2"}


def test_success_after_a_failure_takes_its_place(store):
    progress.mark(store, "generate", "s1", "f1", "refused")
    progress.mark(store, "generate", "s1", "f1")
    assert progress.is_done(store, "generate", "s1", "f1")
    assert progress.failed_subjects(store, "generate", "f1") == {}


def test_a_mark_goes_with_the_transaction_it_was_written_in(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        progress.mark(store, "generate", "s1", "f1")
        raise ZeroDivisionError
    assert progress.done_subjects(store, "generate", "f1") == set()
