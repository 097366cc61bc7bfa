"""What the scripts write into a project's shikomi.toml, and the options that it comes from."""

import argparse
import json
from typing import Any

Parts = dict[str, dict[str, Any]]


def add_endpoint(parser: argparse.ArgumentParser) -> None:
    """The options of another model in the embedded one's place."""
    parser.add_argument("--base-url")
    parser.add_argument("--model")
    parser.add_argument("--api-key-env")


def endpoint(options: argparse.Namespace) -> dict[str, str]:
    """The address of the chosen endpoint, without its model; empty: the embedded engine."""
    named = {"base_url": options.base_url, "api_key_env": options.api_key_env}
    return {key: value for key, value in named.items() if value}


def chat_role(options: argparse.Namespace) -> dict[str, str]:
    return endpoint(options) | ({"model": options.model} if options.model else {})


def toml(parts: Parts) -> str:
    """Tables of plain values; one that is empty is left out."""
    lines = (
        [f"\n[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in part.items())]
        for name, part in parts.items()
        if part
    )
    return "\n".join(line for part in lines for line in part) + "\n"
