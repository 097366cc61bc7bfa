from shikomi.retrieval import snippet

FILLER = "Nothing of interest is said in this sentence. " * 12


def test_the_snippet_shows_the_words_that_were_asked_for():
    found = snippet(f"{FILLER}The fuse of the dimmer is blown. {FILLER}", "blown dimmer fuse")
    assert "The fuse of the dimmer is blown." in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) <= 162


def test_a_short_text_is_shown_whole_without_markup():
    assert snippet("## Fuse\n\nSee [the **page**](a.md).", "fuse") == "## Fuse See the page."


def test_japanese_is_cut_where_it_was_found():
    text = "これは関係のない文です。" * 30 + "索引が壊れたら直します。" + "他の話です。" * 30
    assert "索引が壊れたら" in snippet(text, "索引を直す")


def test_a_query_that_shares_nothing_shows_the_beginning():
    assert snippet(FILLER, "zzz").startswith("Nothing of interest")
