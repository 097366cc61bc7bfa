import pytest

from shikomi.retrieval import Chunk, build

CHUNKS = [
    Chunk("ledger", "旅台帳の索引が壊れたら `kura-naosu` を実行する。"),
    Chunk("codes", "状態コード 433 は Fallow-Until の時刻まで待つ。上限は 1,340 m。"),
    Chunk("probe", "The probe stops and lights its red lamp."),
    Chunk("empty", ""),
]


def ids(query, k=3, chunks=CHUNKS):
    return [hit.id for hit in build(chunks).search(query, k)]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("索引を直すには", "ledger"),
        ("kura-naosuとは？", "ledger"),
        ("ＫＵＲＡ－ＮＡＯＳＵ", "ledger"),
        ("fallow until", "codes"),
        ("1340", "codes"),
        ("What colour is the LAMP?", "probe"),
    ],
)
def test_the_passage_that_says_it_is_found_first(query, best):
    assert ids(query)[0] == best


def test_the_capsule_is_searched_with_the_text():
    chunks = [
        Chunk("a", "ポートは4729番。", prefix="対象：セキレイ規約"),
        Chunk("b", "ポートは80番。"),
    ]
    assert ids("セキレイのポート", chunks=chunks) == ["a", "b"]


@pytest.mark.parametrize("query", ["", "  \n", "！？", "zzz", "🄰"])
def test_a_query_that_shares_nothing_finds_nothing(query):
    assert ids(query) == []


def test_a_query_of_empty_words_alone_still_searches():
    assert ids("and its") == ["probe"]


def test_an_index_of_nothing_finds_nothing():
    assert build([]).search("x", 3) == []
    assert build([Chunk("a", " ")]).search("x", 3) == []
    assert len(build(CHUNKS)) == 4


def test_equal_passages_stand_in_the_order_given():
    chunks = [Chunk(str(n), "同じ文です" * (n % 3 + 1)) for n in range(999)]
    hits = build(chunks).search("同じ", 999)
    assert len({hit.score for hit in hits}) == 3
    assert hits == sorted(hits, key=lambda hit: (-hit.score, int(hit.id)))


def test_at_most_k_are_returned_best_first():
    hits = build(CHUNKS).search("索引 状態 the probe", 2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score > 0
    assert build(CHUNKS).search("索引", 0) == []
    with pytest.raises(ValueError, match="k"):
        build(CHUNKS).search("索引", -1)


def test_nothing_is_printed(capfd):
    ids("索引")
    assert capfd.readouterr() == ("", "")


def test_two_chunks_with_one_id_are_refused():
    with pytest.raises(ValueError, match="id"):
        build([Chunk("a", "x"), Chunk("a", "y")])
