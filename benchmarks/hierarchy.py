"""How well the tree of a site is found when its table of contents is hidden.

    python benchmarks/hierarchy.py FOLDER [--json] [--wrong N] [--hide RULE]

The truth is the folder's HTML Help contents (.hhc), read here on its own: a page's parent is the
page of the nearest row above that has another one; a page that stands in it more than once may be
under any of them. `with_contents` is the share of its pages whose parent is right when the file
is used, `automatic` when it is hidden; `rules` is that of each rule alone, a page that the rule
does not place being wrong. `top_is_front` takes the front page and the top of the tree as one, as
breadcrumbs do. With --hide the truth is what that rule says, for sites without such a file.
"""

import argparse
import json
import posixpath
import re
import sys
import time
from html import unescape
from pathlib import Path

from shikomi.corpus import contents, folders, formats, hierarchy, signs
from shikomi.corpus.decode import decode
from shikomi.corpus.links import resolve
from shikomi.corpus.listing import listing
from shikomi.corpus.names import document_paths
from shikomi.corpus.outline import PageInfo, parents
from shikomi.corpus.resolver import Resolver, base_address
from shikomi.errors import SourceError

TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>ul|object)\b[^>]*>|<param\s+name=\"(?P<name>\w+)\"\s+value=\"(?P<value>[^\"]*)\"",
    re.IGNORECASE,
)
Truth = dict[str, set[str | None]]


def main() -> None:
    options = arguments()
    site, seconds = read(options.folder)
    truth, hidden = known(site, options)
    rules = [rule for rule in hierarchy.RULES if rule not in hidden]
    began = time.process_time()
    automatic = hierarchy.propose(site, root=None, rules=rules)
    seconds += time.process_time() - began
    found = parents(automatic.outline)
    result = {
        "pages": len(site.pages),
        "known": len(truth),
        "hidden": hidden,
        "with_contents": accuracy(tree(site, hierarchy.RULES), truth),
        "automatic": accuracy(found, truth),
        "top_is_front": accuracy(found, truth, front=folders.front_page(site.pages)),
        "rules": {rule: accuracy(alone(site, rule), truth) for rule in rules},
        "reason": automatic.reason,
        "pages_per_second": round(len(site.pages) / seconds),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1) if options.json else lines(result))
    wrong = [path for path in truth if found.get(path) not in truth[path]]
    for path in wrong[: options.wrong]:
        print(f"  {path}: under {found.get(path)}, not {sorted(map(str, truth[path]))}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", type=int, default=0, help="show N pages that stand wrong")
    parser.add_argument("--hide", choices=hierarchy.RULES, help="take this rule as the truth")
    return parser.parse_args()


def lines(result: dict) -> str:
    alone_ = " ".join(f"{rule} {share:.3f}" for rule, share in result["rules"].items())
    return (
        f"{result['known']} of {result['pages']} pages known; with {', '.join(result['hidden'])}"
        f" {result['with_contents']:.3f}; hidden: automatic {result['automatic']:.3f}"
        f" (top is front {result['top_is_front']:.3f}); alone: {alone_}\n{result['reason']}"
    )


def read(root: Path) -> tuple[hierarchy.Site, float]:
    """(the site, seconds for it without conversion)."""
    files = {file.relative_to(root).as_posix(): file for file in sorted(root.rglob("*"))}
    files = {path: file for path, file in files.items() if file.is_file()}
    tables = [
        table
        for path in sorted(filter(contents.is_contents, files), key=contents.trust)
        for table in contents.read(decode(files[path].read_bytes()).text, path=path)
    ]
    pages = [path for path in files if formats.media_type(path, files[path].read_bytes())]
    documents = document_paths(pages)
    converted = {}
    for path in pages:
        try:
            data = files[path].read_bytes()
            converted[path] = formats.convert(data, path=path, documents=documents)
        except SourceError as error:
            print(error, file=sys.stderr)
    began = time.process_time()
    seen = {path: signs_on(path, files[path], converted[path].markdown) for path in converted}
    resolver = Resolver(documents, base=base_address((path, seen[path].canonical) for path in seen))
    infos = [info(path, documents, converted[path], seen[path], resolver) for path in converted]
    site = hierarchy.site(infos, tables=tables, documents=documents, find=resolver.find)
    return site, time.process_time() - began


def signs_on(path: str, file: Path, markdown: str) -> signs.Signs:
    if formats.is_html(path):
        return signs.read(decode(file.read_bytes()).text)
    return signs.read_markdown(markdown)


def info(path, documents, page, sign, resolver) -> PageInfo:
    def find(url: str) -> str | None:
        return resolver.find(url, path) if url else None

    document = documents[path]
    return PageInfo(
        path=document,
        title=page.title,
        links=tuple(dict.fromkeys(link.path for link in page.links)),
        listed=listing(page.markdown, path=document),
        trail=tuple((crumb.title, find(crumb.url)) for crumb in sign.trail),
        up=find(sign.up),
        frames=tuple(filter(None, map(find, sign.frames))),
    )


def known(site: hierarchy.Site, options: argparse.Namespace) -> tuple[Truth, list[str]]:
    """(for each page the parents that are right, the rules to hide)."""
    if options.hide:
        placed = set(hierarchy.RULES[: hierarchy.RULES.index(options.hide) + 1])
        found = alone(site, options.hide)
        return {path: {found[path]} for path in found}, sorted(placed)
    file = next(iter(sorted(options.folder.rglob("*.hhc"))), None)
    if file is None:
        sys.exit("no .hhc there: name a rule to take as the truth with --hide")
    path = file.relative_to(options.folder).as_posix()
    return hhc(decode(file.read_bytes()).text, path, site), ["contents"]


def hhc(text: str, path: str, site: hierarchy.Site) -> Truth:
    documents = {source.lower(): page for source, page in (site.documents or {}).items()}
    truth: Truth = {}
    above: list[str | None] = []
    row: str | None = None
    for match in TOKEN.finditer(text):
        tag = (match["tag"] or "").lower()
        if tag == "ul" and not match["end"]:
            above.append(row)
        elif tag == "ul":
            row = above.pop() if above else None
        elif tag == "object":
            row = row if match["end"] else None
        elif match["name"].lower() == "local":
            url = unescape(match["value"]).replace("\\", "/")
            target, _ = resolve(url, posixpath.join(posixpath.dirname(path), "x"))
            row = documents.get(target.lower())
            if row is not None:
                parent = next((each for each in reversed(above) if each), None)
                truth.setdefault(row, set()).update({parent} - {row})
    return {page: right for page, right in truth.items() if right}


def tree(site: hierarchy.Site, rules) -> dict[str, str | None]:
    return parents(hierarchy.propose(site, root=None, rules=rules).outline)


def alone(site: hierarchy.Site, rule: str) -> dict[str, str | None]:
    """The parents of the pages that the rule itself places."""
    placed = hierarchy.placed(site, rule)
    return {path: parent for path, parent in tree(site, [rule]).items() if path in placed}


def accuracy(found: dict[str, str | None], truth: Truth, *, front: str | None = None) -> float:
    def right(path: str) -> bool:
        parent = found.get(path, "nowhere")
        return parent in truth[path] or ({parent} | truth[path]) <= {None, front}

    return sum(map(right, truth)) / len(truth) if truth else 0.0


if __name__ == "__main__":
    main()
