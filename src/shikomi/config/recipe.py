"""What a project's settings change about how a model is made and measured."""

from shikomi.config.tables import Config

_RECIPE = (
    "sections",
    "generate",
    "rolling",
    "lint",
    "deduplicate",
    "holdout",
    "judge",
    "quality",
    "finetune",
    "evaluate",
)


def changed(config: Config) -> dict[str, str]:
    """What decides the result and is not as by default, such as "generate.turns": "2"; models and
    the documents themselves aside."""
    default = Config()
    return {
        f"{part}.{key}": str(value).lower() if isinstance(value, bool) else str(value)
        for part in _RECIPE
        for key, value in getattr(config, part).model_dump().items()
        if value != getattr(default, part).model_dump()[key] and key not in ("arms", "judges")
    }
