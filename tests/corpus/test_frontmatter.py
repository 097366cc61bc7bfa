import pytest

from shikomi.corpus import frontmatter

TRICKY = {
    "title": 'a "quoted": #1 - \\ 題名',
    "source": "file name.html",
    "encoding": "no",
    "hash": "0123",
    "reason": " spaced \t\n two lines\u2028\x85",
    "empty": "",
}


@pytest.mark.parametrize("body", ["", "# x\n", "\n\n# x", "---\na: b\n---\n", "--- \n", "a\r\nb"])
def test_what_is_written_is_read_back_to_the_character(body):
    assert frontmatter.split(frontmatter.write(TRICKY, body)) == (TRICKY, body)


def test_every_yaml_reader_reads_the_same_strings():
    yaml = pytest.importorskip("yaml")
    block = frontmatter.raw(frontmatter.write(TRICKY, "x"))
    assert yaml.safe_load(block) == TRICKY


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("k: plain text # note", "plain text"),
        ("k: 'it''s'", "it's"),
        ('k: "a\\tb" # note', "a\tb"),
        ("k: http://example.com/#x", "http://example.com/#x"),
        ("題 名: 値", "値"),
    ],
)
def test_values_a_person_writes_are_read(line, value):
    fields, body = frontmatter.split(f"---\n{line}\n---\nbody")
    assert (list(fields.values()), body) == ([value], "body")


@pytest.mark.parametrize("line", ["k: [a, b]", "k: {a: 1}", "k: |\n  text", "k:\n  - a", "k: !x y"])
def test_yaml_beyond_strings_is_left_uninterpreted_but_kept(line):
    text = f"---\n{line}\nt: x\n---\nbody"
    assert frontmatter.split(text) == ({"t": "x"}, "body")
    own = frontmatter.raw(text)
    assert line in frontmatter.write({"title": "T"}, "body", own=own)


def test_our_fields_win_over_a_documents_own_and_the_rest_survives():
    own = "# note\ntitle: old\n  more\ntags:\n  - a\n"
    written = frontmatter.write({"title": "new"}, "b", own=own)
    assert written == '---\ntitle: "new"\n# note\ntags:\n  - a\n---\n\nb'


@pytest.mark.parametrize(
    "text", ["---\nJust prose between breaks.\n---\nx", "---\nno end", "----\na: b\n---\n", "a: b"]
)
def test_prose_between_thematic_breaks_is_no_front_matter(text):
    assert frontmatter.split(text) == ({}, text)


def test_windows_line_ends_and_a_byte_order_mark_are_understood():
    assert frontmatter.split("\ufeff---\r\na: b\r\n---\r\n\r\nx") == ({"a": "b"}, "x")


def test_a_key_that_would_break_the_block_is_refused():
    with pytest.raises(ValueError, match="key"):
        frontmatter.write({"a: b\nc": "x"}, "")
