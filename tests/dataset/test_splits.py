from shikomi.dataset.splits import KnownQuestions

HELD_OUT = "How long does Lumenbox take to fade a lamp?"
QUESTIONS = [(HELD_OUT, HELD_OUT), ("key", "Which key is green?")]
GUARD = KnownQuestions(QUESTIONS, threshold=0.6)


def test_a_held_out_question_and_what_all_but_repeats_it_are_leaks():
    assert GUARD.twin(HELD_OUT) == (HELD_OUT, 1.0)
    assert GUARD.twin("how long does LUMENBOX take to fade one lamp") is not None


def test_another_question_is_no_leak():
    assert GUARD.twin("What is the code of a blown fuse in Lumenbox?") is None


def test_where_nothing_is_held_out_nothing_leaks():
    assert KnownQuestions([], threshold=0.6).twin(HELD_OUT) is None


def test_a_question_that_only_names_the_system_otherwise_is_a_leak():
    known = [("q", "SKRの管制機は何番ポートで待ち受けますか。")]
    again = "セキレイ気送規約の管制機は、何番ポートで待ち受けますか？"
    names = ("セキレイ気送規約", "SKR")
    assert KnownQuestions(known, threshold=0.6).twin(again) is None
    assert KnownQuestions(known, threshold=0.6, names=names).twin(again) == ("q", 1.0)
    other = "セキレイ気送規約の駅は、何番ポートで要求を送りますか？"
    assert KnownQuestions(known, threshold=0.6, names=names).twin(other) is None


def test_a_name_is_left_out_only_where_it_is_a_word():
    guard = KnownQuestions([("q", "How many tasks run?")], threshold=0.6, names=["task"])
    assert guard.nearest("How many tasks run?") == ("q", 1.0)
    assert guard.twin("How many SKR run?") is None
