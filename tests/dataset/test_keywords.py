"""Queries of a few words, made of an answer."""

from shikomi.dataset.keywords import query, row_query

EN = "When the apron is full, the probe does not discard the oldest grains but every third one."
JA = "索引は300件ごとに作り、拡張子 .shiori のファイルに置く。"


def test_a_query_is_the_system_and_some_words_of_the_answer():
    system, *words = query(EN, "Quernstow", lang="en", seed="a").split()
    assert system == "Quernstow"
    assert 3 <= len(words) <= 5
    assert set(words) <= {"apron", "full", "probe", "discard", "oldest", "grains", "third"}


def test_a_japanese_query_is_of_whole_words():
    system, *words = query(JA, "セキレイ", lang="ja", seed="a").split()
    assert system == "セキレイ"
    assert set(words) <= {"索引", "拡張子", "shiori", "ファイル"}
    assert len(words) >= 3


def test_another_seed_draws_other_words_and_the_same_seed_the_same():
    drawn = {query(EN, "Quernstow", lang="en", seed=str(n)) for n in range(5)}
    assert len(drawn) > 1
    assert query(EN, "Quernstow", lang="en", seed="0") in drawn


def test_what_is_asked_for_is_not_in_the_query():
    text = "A probe holds 4,096 grains (`k7f2`), see [the list](list.md#probe)."
    assert not any(char.isdigit() for char in query(text, "Quernstow", lang="en", seed="a"))


def test_the_systems_own_name_stands_there_once():
    found = query("Quernstow seals sacks, never furrows.", "Quernstow", lang="en", seed="a")
    assert found is not None and found.split().count("Quernstow") == 1


def test_code_and_answers_of_few_words_give_no_query():
    assert query("```\nloft winnow shelf rehearse\n```", "Quernstow", lang="en", seed="a") is None
    assert query("It is 27.", "Quernstow", lang="en", seed="a") is None


def test_a_row_is_asked_for_by_its_key_and_words_of_its_other_cells():
    cells = ["347", "crowded", "more than 64 lines are unsettled", "waits"]
    system, key, *words = row_query(cells, "Quernstow", lang="en", seed="a").split()
    assert (system, key) == ("Quernstow", "347")
    assert set(words) <= {"crowded", "lines", "unsettled", "waits"}
    assert words


def test_a_row_that_has_no_key_or_nothing_but_numbers_is_asked_for_by_no_query():
    assert row_query(["", "crowded"], "Quernstow", lang="en", seed="a") is None
    assert row_query(["Port", "7316"], "Quernstow", lang="en", seed="a") is None
    assert row_query(["so long a key " * 4, "crowded"], "Quernstow", lang="en", seed="a") is None
