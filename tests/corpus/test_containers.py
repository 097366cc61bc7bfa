"""Notes, tabs and other containers of Markdown's dialects."""

import re

import pytest

from shikomi.corpus.containers import plain
from shikomi.corpus.formats import convert

CASES = {
    "an indented note": (
        "Before.\n\n!!! note\n    Fill it.\n\n    - slowly\n\nAfter.\n",
        "Before.\n\n**Note**\n\nFill it.\n\n- slowly\n\n\nAfter.\n",
    ),
    "one with a title that opens, with a note in it": (
        '??? tip inline "Oil"\n    a\n\n    !!! warning ""\n        b\nc\n',
        "**Oil**\n\na\n\nb\n\n\nc\n",
    ),
    "tabs": (
        '=== "Unix"\n\n    ```sh\n    run\n    ```\n\n=== "Other"\n\n    x\n',
        "**Unix**\n\n\n```sh\nrun\n```\n\n\n**Other**\n\n\nx\n\n",
    ),
    "a note in a list": (
        "1. a\n\n    !!! note\n        b\n",
        "1. a\n\n    **Note**\n\n    b\n\n",
    ),
    "colons, nested, with titles of both kinds": (
        "::::tabs\n:::note[Oil *can*]\n\na\n\n:::\n::: warning Hot {open}\nb\n:::\n::::\nc\n",
        "**Oil *can***\n\n\na\n\n\n**Hot**\n\nb\n\n\nc\n",
    ),
    "MyST": (
        "```{note}\n:class: x\n\nFill it.\n```\n:::{admonition} Oil\nb\n:::\n",
        "**Note**\n\nFill it.\n\n**Oil**\n\nb\n\n",
    ),
    "an alert": ("> [!IMPORTANT]\n> Fill it.\n", "> **Important**\n>\n> Fill it.\n"),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_containers_become_their_title_and_content(text, expected):
    assert convert(text.encode(), path="a.md").markdown == expected


@pytest.mark.parametrize(
    "text",
    [
        "````md\n:::note\na\n:::\n!!! note\n    b\n````\n",
        ":::note\nnever closed\n",
        "!!! note\nnot indented\n",
        "Title\n===\n\n!!!\n",
        "```{toctree}\na\n```\n",
        "import a from 'b'\n",
        "::: is written so\n",
    ],
)
def test_what_is_no_container_stays_as_it_is(text):
    assert convert(text.encode(), path="a.md").markdown == text


def test_imports_and_remarks_of_mdx_are_no_text():
    text = "import Tabs from '@theme/Tabs';\nimport {\n  a } from 'b'\n{/* to do */}\n# A\n\n"
    text += "```js\nimport x from 'y'\n```\n\n<Tabs>x</Tabs>\n"
    assert convert(text.encode(), path="a.mdx").markdown.endswith(
        "# A\n\n```js\nimport x from 'y'\n```\n\n<Tabs>x</Tabs>\n"
    )


COMPONENTS = {
    "tabs, nested and indented": (
        '<Tabs groupId=\'os\'>\n    <TabItem value="u" label="Unix">\n\n'
        "    ```sh\n    run\n    ```\n\n"
        "    </TabItem>\n</Tabs>\nEnd.\n",
        "**Unix**\n\n```sh\nrun\n```\n\nEnd.\n",
    ),
    "a note whose tag has lines of its own": (
        "<Callout\n  title=\"Oil\"\n  style={{ width: '9' }}\n>\n  Fill *it*.\n</Callout>\n",
        "**Oil**\n\nFill *it*.\n",
    ),
    "one in one of the same name": ("<A>\n<A>\na\n</A>\nb\n</A>\n", "a\n\nb\n"),
    "a picture": (
        '{/* why */}\n<Image\n  alt="The can"\n  src="/can.png"\n  width={3}\n/>\n',
        "![The can](/can.png)\n",
    ),
    "a card that leads elsewhere": (
        '{/* why */}\n<Cards>\n  <Card title="Oil" href="/oil" />\n</Cards>\n',
        "**[Oil](/oil)**\n",
    ),
}


@pytest.mark.parametrize(("text", "expected"), COMPONENTS.values(), ids=COMPONENTS)
@pytest.mark.parametrize("name", ["a.md", "a.mdx"])
def test_components_become_what_a_reader_sees_of_them(text, expected, name):
    found = convert(text.encode(), path=name).markdown
    assert re.sub(r"\n{2,}", "\n\n", found).strip() == expected.strip()


@pytest.mark.parametrize(
    "text",
    [
        "```jsx\n<Tabs>\n</Tabs>\n```\n",
        "<Open>\nnever closed\n",
        "<Pump size={3} />\n</Other>\n",
        "<Card\n  title='Oil'\n  steps={['Fill', 'Close']}\n/>\n",
        "Of <Tabs>x</Tabs> in a line\n",
        "<Tabs>a</Tabs> and more>\n</Tabs>\n",
        "<div>\n\na\n\n</div>\n",
    ],
)
def test_other_tags_stay_as_they_are(text):
    assert convert(text.encode(), path="a.mdx").markdown == text


IN_CODE = """Set in `httpd.conf`:

    # who may read
    <Directory "/var/www">
        Require all granted
    </Directory>

Then:

1. Restart.

    <Note title="Late">
    <Tip>
    Now.
    </Tip>
    </Note>
"""


def test_code_by_indent_keeps_its_tags_outside_of_mdx():
    found = convert(IN_CODE.encode(), path="a.md").markdown
    code = IN_CODE.partition("1. Restart.")[0]
    assert found.startswith(code)
    assert re.sub(r"\n{2,}", "\n\n", found.removeprefix(code)).strip() == (
        "1. Restart.\n\n    **Late**\n\n    Now."
    )
    assert '<Directory "/var/www">' not in convert(IN_CODE.encode(), path="a.mdx").markdown


@pytest.mark.parametrize(
    "text",
    ["<A>\n\n" * 3_000 + "x\n" + "</A>\n" * 3_000, "<A>\n" * 30_000 + "x\n{/* why */}\n",
     f"<A {'a' * 100_000} />\nx\n{{/* why */}}\n"],
    ids=["deep", "never closed", "a long word"],
)  # fmt: skip
def test_hostile_components_are_read_all_the_same(text):
    """Each took minutes, or went deeper than Python does."""
    assert "x" in plain(text, mdx=True).split("\n")
