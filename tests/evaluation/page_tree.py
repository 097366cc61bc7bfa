"""An HTML page as its tags, and a text that tries to become some."""

from html.parser import HTMLParser

HOSTILE = '<script>alert("x")</script><img src=x onerror=y> **`{{ 7*7 }}`** </style> & "quoted"'
_VOID = {"meta", "link", "br", "img", "input", "hr"}


class Tree(HTMLParser):
    """Checks that tags nest, and notes every tag with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
