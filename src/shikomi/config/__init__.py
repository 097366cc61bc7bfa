"""shikomi.toml -> a frozen Config. Every default of the product is stated here, once."""

from shikomi.config.reading import FILE_NAME, load, parse
from shikomi.config.recipe import changed
from shikomi.config.roles import ChatRole, ModelRole, PriceTable
from shikomi.config.tables import (
    PLACEBO,
    ROLES,
    STUDY,
    STUDY_SUFFIX,
    Config,
    DeduplicatePart,
    ServerPart,
)

__all__ = [
    "FILE_NAME",
    "PLACEBO",
    "ROLES",
    "STUDY",
    "STUDY_SUFFIX",
    "ChatRole",
    "Config",
    "DeduplicatePart",
    "ModelRole",
    "PriceTable",
    "ServerPart",
    "changed",
    "load",
    "parse",
]
