"""Which signs decide where pages stand."""

import random

from shikomi.corpus import hierarchy
from shikomi.corpus.contents import read
from shikomi.corpus.listing import Listed
from shikomi.corpus.outline import PageInfo, parents, walk
from shikomi.corpus.outline_text import render
from shikomi.corpus.resolver import Resolver


def page(path, *links, listed=(), **more):
    rows = tuple(each if isinstance(each, Listed) else Listed(each) for each in listed)
    return PageInfo(path, path, (*links, *(row.path for row in rows)), rows, **more)


def proposal(pages, tables=(), rules=None, sources=None):
    documents = sources or {each.path: each.path for each in pages}
    find = Resolver(documents).find
    site = hierarchy.site(pages, tables=tables, documents=documents, find=find)
    return hierarchy.propose(site, root=None, rules=rules)


def above(pages, **more):
    return parents(proposal(pages, **more).outline)


def below(outline, path):
    return [page for page, parent in parents(outline).items() if parent == path]


def table(text, path="SUMMARY.md"):
    return read(text, path=path)


def test_a_table_of_contents_is_believed_over_folders_and_links():
    pages = [page("a/index.md", "a/z.md"), page("b.md"), page("a/z.md")]
    tables = table("# Summary\n\n- [Two](b.md)\n    - [One](a/index.md)\n- [Gone](gone.md)\n")
    found = proposal(pages, tables)
    assert parents(found.outline) == {"b.md": None, "a/index.md": "b.md", "a/z.md": "a/index.md"}
    assert "SUMMARY.md (2)" in found.reason


def test_a_table_and_links_that_contradict_each_other_make_no_circle():
    pages = [page("index.md", listed=["a.md"]), page("a.md"), page("b.md")]
    tables = table("- [A](a.md)\n  - [I](index.md)\n")
    found = above(pages, tables=tables)
    assert found == {"a.md": None, "index.md": "a.md", "b.md": "index.md"}


def test_a_further_row_of_a_page_groups_what_stands_under_it():
    text = "- [T](i.md)\n- [Use](i.md#use)\n  - [A](a.md)\n- [Again](i.md)\n"
    pages = [page("i.md"), page("a.md")]
    assert render(proposal(pages, table(text)).outline) == (
        "- [i.md](i.md)\n  - Use\n    - [a.md](a.md)\n"
    )


def test_breadcrumbs_place_pages_and_keep_names_of_steps_that_are_no_pages():
    home = ("Home", "index.md")
    pages = [
        page("index.md", "x.md", "y.md"),
        page("x.md", trail=(home, ("Part", None))),
        page("y.md", trail=(home, ("X", "x.md"))),
    ]
    pages[2] = page("y.md", trail=(home, ("Part", None), ("X", "x.md")))
    found = proposal(pages).outline
    assert render(found) == (
        "- [index.md](index.md)\n  - Part\n    - [x.md](x.md)\n      - [y.md](y.md)\n"
    )


def test_links_with_arrows_that_do_not_agree_are_no_breadcrumbs():
    pages = [page("index.md", listed=[f"p{n}.md" for n in range(6)])]
    pages += [page(f"p{n}.md", trail=(("x", f"p{(n + 1) % 6}.md"),)) for n in range(6)]
    found = proposal(pages)
    assert set(parents(found.outline).values()) == {None, "index.md"}
    assert "left aside" in found.reason


def test_links_up_place_pages_unless_they_lead_in_a_circle():
    pages = [page("t.md"), page("a.md", up="t.md"), page("b.md", up="a.md")]
    assert above(pages)["b.md"] == "a.md"
    circle = [page("a.md", up="b.md"), page("b.md", up="a.md"), page("index.md", "a.md", "b.md")]
    assert above(circle)["a.md"] == "index.md"


def test_a_menu_that_all_pages_show_places_what_it_names_in_its_order():
    menu = [Listed("z.md"), Listed("b.md", "z.md"), Listed("a.md", "z.md")]
    pages = [page(path, listed=menu) for path in ("a.md", "b.md", "index.md", "z.md")]
    found = proposal(pages)
    assert below(found.outline, "z.md") == ["b.md", "a.md"]
    assert "menus (3)" in found.reason


def test_a_menu_that_opens_where_the_reader_is_places_what_it_shows_there():
    top = [Listed(f"c{n}.md") for n in range(4)]
    pages = [page("index.md", listed=top)]
    for n in range(4):
        inside = [Listed(f"c{n}-{m}.md", f"c{n}.md") for m in range(4)]
        pages += [page(each.path, listed=top + inside) for each in inside]
        pages += [page(f"c{n}.md", listed=top + inside)]
    found = above(pages, rules=["menus"])
    assert all(found[f"c{n}-{m}.md"] == f"c{n}.md" for n in range(4) for m in range(4))


def test_a_page_that_lists_the_site_in_a_nested_list_is_its_table_of_contents():
    names = [Listed("a.md"), Listed("b.md", "a.md"), Listed("c.md", "b.md"), Listed("d.md", "b.md")]
    pages = [page("index.md"), page("toc.md", listed=[*names, Listed("e.md", None, ("G",))])]
    pages += [page(f"{name}.md") for name in "abcde"]
    found = proposal(pages)
    assert parents(found.outline)["d.md"] == "b.md"
    assert "the list on toc.md (5)" in found.reason


def test_a_list_says_more_than_a_link_in_prose():
    pages = [
        page("index.md", "news.md", listed=["guide.md"]),
        page("news.md", "part.md"),
        page("guide.md", listed=["part.md"]),
        page("part.md"),
    ]
    assert above(pages)["part.md"] == "guide.md"


def test_a_change_log_does_not_take_pages_out_of_their_folder():
    log = [f"cmd/c{n}.md" for n in range(9)]
    pages = [page("index.md", listed=["about/log.md", "about/a.md", "cmd/all.md"])]
    pages += [page("about/log.md", listed=log), page("about/a.md", listed=["about/b.md"])]
    pages += [page("about/b.md"), page("cmd/all.md", "cmd/list.md")]
    pages += [page("cmd/list.md", listed=log), *map(page, log)]
    found = above(pages)
    assert {found[path] for path in log} == {"cmd/list.md"}


def test_where_folders_mean_nothing_links_go_anywhere():
    pages = [page("index.md", listed=["x1/a.md", "x2/b.md"])]
    pages += [page("x1/a.md", listed=["x2/c.md", "x3/d.md", "x2/e.md"])]
    pages += [page("x2/b.md", listed=["x1/f.md", "x3/g.md", "x1/h.md"])]
    pages += [page(f"{p}.md") for p in ("x2/c", "x3/d", "x2/e", "x1/f", "x3/g", "x1/h")]
    found = above(pages)
    assert found["x3/d.md"] == "x1/a.md"
    assert found["x1/f.md"] == "x2/b.md"


def test_what_a_menu_frame_lists_stands_under_the_frameset():
    pages = [
        page("index.md", frames=("menu.md", "main.md")),
        page("menu.md", listed=["a.md", "b.md"]),
        *map(page, ("main.md", "a.md", "b.md")),
    ]
    found = below(proposal(pages).outline, "index.md")
    assert found == ["menu.md", "main.md", "a.md", "b.md"]


def test_an_alphabetical_index_is_no_parent():
    terms = [Listed(f"p{n}.md", part=True) for n in range(5)]
    pages = [
        page("index.md", listed=["genindex.md", "guide.md"]),
        page("genindex.md", listed=terms),
    ]
    pages += [page("guide.md", listed=["deep.md"]), page("deep.md", listed=["p1.md", "p2.md"])]
    pages += [page(f"p{n}.md") for n in range(5)]
    assert above(pages)["p1.md"] == "deep.md"


def test_without_an_index_the_page_that_all_link_to_and_that_links_to_all_is_the_front():
    names = [f"c{n}.md" for n in range(5)]
    pages = [page("book.md", listed=names), *(page(name, "book.md") for name in names)]
    assert set(above(pages).values()) == {None, "book.md"}
    assert above(pages)["book.md"] is None


def test_an_alphabetical_index_called_index_is_not_the_front_page():
    names = [f"c{n}.md" for n in range(6)]
    rows = [Listed("Index.md"), *(Listed(name, "c0.md" if n else None) for n, name in
                                  enumerate(names))]  # fmt: skip
    pages = [page("Index.md", *names), page("index.html.md", listed=rows), *map(page, names)]
    found = above(pages)
    assert found["Index.md"] == found["c0.md"] == "index.html.md"


def test_every_page_is_in_the_tree_once_whatever_the_signs():
    for seed in range(120):
        chance = random.Random(seed)
        paths = [f"{chance.choice(['', 'a/', 'a/b/', 'c/'])}p{n}.md" for n in range(12)]
        paths += ["index.md", "a/index.md"][: chance.randrange(3)]
        pages = [_random_page(chance, path, paths) for path in dict.fromkeys(paths)]
        rows = "".join(
            f"{'  ' * chance.randrange(4)}- [t]({chance.choice(paths)}#x)\n" for _ in pages
        )
        tables = table(rows) if chance.random() < 0.3 else ()
        outline = proposal(pages, tables).outline
        named = [node.path for _, node in walk(outline) if node.path]
        assert sorted(named) == sorted(each.path for each in pages)


def _random_page(chance, path, paths):
    def some(n):
        return chance.sample([*paths, "none.md"], chance.randrange(n))

    listed = [Listed(each, chance.choice([None, *paths]), ("g",)) for each in some(6)]
    trail = tuple((each, chance.choice([each, None])) for each in some(4))
    return page(path, *some(4), listed=listed, trail=trail, up=chance.choice([None, *paths]))


def test_a_chain_of_links_up_of_any_length_makes_a_tree_that_can_be_walked():
    pages = [page(f"p{n}.md", up=f"p{n - 1}.md") for n in range(3000)]
    outline = proposal(pages).outline
    assert sum(1 for _ in walk(outline)) == 3000
    assert max(len(above_) for above_, _ in walk(outline)) < 20


def test_a_site_of_thousands_of_pages_with_one_menu_is_placed():
    menu = [Listed(f"p{n}.md") for n in range(300)]
    pages = [page(f"p{n}.md", listed=menu) for n in range(3000)]
    found = proposal([page("index.md", listed=menu), *pages])
    assert sum(1 for _ in walk(found.outline)) == 3001


def test_no_pages_have_no_places():
    assert proposal([]).reason == "the places of 0 pages come from nothing"
