"""The type of what a page's tree is made of."""

from typing import Any, TypeAlias

Element: TypeAlias = Any  # lxml has no types
