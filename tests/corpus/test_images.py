import pytest

from shikomi.corpus.formats import convert
from shikomi.corpus.images import images


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("![図](img/a.png) and ![](<b c.GIF> 'title')", ("s/img/a.png", "s/b c.GIF")),
        ("[![small](t/1.jpg)](1.jpg)", ("s/t/1.jpg", "s/1.jpg")),
        ("![x](../a.svg?v=2#f) ![x](%E5%9B%B3.png)", ("a.svg", "s/図.png")),
        ("![x][ref]\n\n[ref]: figs/r.webp", ("s/figs/r.webp",)),
        ('<img alt="x" src="a&amp;b.png"> <IMG SRC=\'c.bmp\'>', ("s/a&b.png", "s/c.bmp")),
        ("![](a.png) ![](a.png) [a](./a.png)", ("s/a.png",)),
        ("![x](a(1).png)", ("s/a(1).png",)),
    ],
)
def test_each_local_image_is_found_once(markdown, found):
    assert images(markdown, path="s/page.md") == found


@pytest.mark.parametrize(
    "markdown",
    [
        "![x](https://example.com/a.png) ![x](//example.com/a.png) ![x](data:image/png;base64,A)",
        "![x](../../a.png) ![x](../../../etc/a.png)",
        "`![x](a.png)`\n\n```\n![x](b.png)\n```",
        "![x](shikomi.toml) ![x](page.md) [x](notes.pdf)",
    ],
    ids=["web", "outside", "code", "no image"],
)
def test_what_is_no_image_of_the_folder_is_not_listed(markdown):
    assert images(markdown, path="s/page.md") == ()


def test_the_images_of_a_converted_page_are_found_with_their_texts_kept():
    page = '<base href="img/"><p><a href="big.png"><img src="small.png" alt="接続の図"></a></p>'
    found = convert(page.encode(), path="s/page.html").markdown
    assert "![接続の図]" in found
    assert images(found, path="s/page.md") == ("s/img/small.png", "s/img/big.png")
