import pytest

from shikomi.retrieval import Passage, build

PASSAGES = [
    Passage("ledger", "旅台帳の索引が壊れたら `kura-naosu` を実行する。"),
    Passage("codes", "状態コード 433 は Fallow-Until の時刻まで待つ。上限は 1,340 m。"),
    Passage("probe", "The probe stops and lights its red lamp."),
    Passage("empty", ""),
]


def ids(query, k=3, passages=PASSAGES):
    return [hit.id for hit in build(passages).search(query, k)]


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


@pytest.mark.parametrize(
    "place",
    [{"titles": ("規約", "セキレイ")}, {"headings": ("セキレイ",)}, {"names": ("セキレイ",)}],
)
def test_what_a_passage_stands_under_is_searched_with_its_text(place):
    passages = [Passage("b", "ポートは80番。"), Passage("a", "ポートは4729番。", **place)]
    assert ids("セキレイのポート", passages=passages) == ["a", "b"]


def test_a_passage_about_something_comes_before_one_that_mentions_it():
    passages = [
        Passage("mentions", "After the update the lamp may flicker once."),
        Passage("about", "After a while the light may flicker once.", headings=("Lamp",)),
    ]
    assert ids("lamp", passages=passages) == ["about", "mentions"]


def test_the_name_of_the_system_decides_nothing():
    passages = [
        Passage("names", "Lumenbox, Lumenbox and Lumenbox again.", names=("Lumenbox",)),
        Passage("says", "The fuse is changed each year.", names=("Lumenbox",)),
    ]
    assert ids("When is the Lumenbox fuse changed?", passages=passages)[0] == "says"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("index directory", "Set DirectoryIndex first."),
        ("directoryindex", "Set DirectoryIndex first."),
        ("opens", "The opening of the valve."),
        ("winnow", "It is unwinnowed."),
        ("max size", "see maxSize"),
    ],
)
def test_other_forms_of_a_word_and_parts_of_an_identifier_are_found(query, text):
    assert ids(query, passages=[Passage("other", "Nothing here."), Passage("a", text)]) == ["a"]


def test_addresses_of_links_are_not_searched():
    assert ids("winnow", passages=[Passage("a", "See [the page](winnow/index.md).")]) == []


@pytest.mark.parametrize("query", ["", "  \n", "！？", "zzz", "🄰"])
def test_a_query_that_shares_nothing_finds_nothing(query):
    assert ids(query) == []


def test_a_query_of_empty_words_alone_still_searches():
    assert ids("and its") == ["probe"]


def test_an_index_of_nothing_finds_nothing():
    assert build([]).search("x", 3) == []
    assert build([Passage("a", " ")]).search("x", 3) == []
    assert len(build(PASSAGES)) == 4


def test_equal_passages_stand_in_the_order_given():
    passages = [Passage(str(n), "同じ文です" * (n % 3 + 1)) for n in range(999)]
    hits = build(passages).search("同じ", 999)
    assert len({hit.score for hit in hits}) == 3
    assert hits == sorted(hits, key=lambda hit: (-hit.score, int(hit.id)))


def test_at_most_k_are_returned_best_first():
    hits = build(PASSAGES).search("索引 状態 the probe", 2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score > 0
    assert build(PASSAGES).search("索引", 0) == []
    with pytest.raises(ValueError, match="k"):
        build(PASSAGES).search("索引", -1)


def test_nothing_is_printed(capfd):
    ids("索引")
    assert capfd.readouterr() == ("", "")


def test_two_passages_with_one_id_are_refused():
    with pytest.raises(ValueError, match="id"):
        build([Passage("a", "x"), Passage("a", "y")])
