"""What each element does, by its tag."""

from shikomi.corpus.html import block_elements, inline_elements, list_elements, table_elements
from shikomi.corpus.html.renderer import Handler

HANDLERS: dict[str, Handler] = {
    **inline_elements.HANDLERS,
    **block_elements.HANDLERS,
    **list_elements.HANDLERS,
    **table_elements.HANDLERS,
}
