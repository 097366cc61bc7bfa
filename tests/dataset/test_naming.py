from shikomi.dataset import lint, naming
from shikomi.types import Capsule

PARK = Capsule(breadcrumb=("Harbour park",), system=None, aliases=(), parent="", linked_titles=())


def test_a_name_is_put_before_a_question_that_left_it_out():
    names = ["Lumenbox", "LB"]
    found = [naming.with_name("How long is it?", names, "en", n) for n in range(4)]
    assert found == [
        "In Lumenbox, how long is it?",
        "How long is it in Lumenbox?",
        "In LB, how long is it?",
        "How long is it in LB?",
    ]
    assert naming.with_name("LB-17 is what?", names, "en", 0) == "In Lumenbox, LB-17 is what?"
    assert naming.with_name("Tell me.", names, "en", 1) == "In Lumenbox, tell me."
    assert naming.with_name("何日ですか？", ["灯箱"], "ja", 1) == "灯箱について、何日ですか？"


def test_an_opening_that_was_put_in_says_nothing_that_this_could_point_at():
    for lang, question in (
        ("en", "How old is this park?"),
        ("ja", "この公園は何年前からありますか？"),
    ):
        assert not lint.dangling(question.replace("this", "the").replace("この", ""), lang)
        said = naming.named(question, PARK, lang, 0)
        assert said != question
        assert lint.dangling(said, lang, PARK.names)


def test_names_are_left_out_whole_and_in_any_width_and_case():
    names = ("Lumen", "Lumen Box", "灯箱")
    assert naming.without_names("Ｌｕｍｅｎ　Box and lumens", names) == "  and lumens"
    assert naming.without_names("灯箱の蓋", names) == " の蓋"
    assert naming.without_names("As it is", ()) == "As it is"
