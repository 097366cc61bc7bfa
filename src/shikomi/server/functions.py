"""Answers as `functions` of 2023 had them: the call under its older name."""

from typing import Any

from shikomi.server.choices import Marks


class OldCall:
    """Puts the call of one choice in the older form, after what `inner` does with it."""

    def __init__(self, inner: Marks | None) -> None:
        self._inner = inner

    def whole(self, choice: dict[str, Any]) -> None:
        """Of a whole completion."""
        if self._inner:
            self._inner.whole(choice)
        _rename(choice, choice["message"])

    def part(self, choice: dict[str, Any]) -> None:
        """Of a stream's chunk."""
        if self._inner:
            self._inner.part(choice)
        _rename(choice, choice["delta"])


def _rename(choice: dict[str, Any], said: dict[str, Any]) -> None:
    """The older form has room for one call."""
    for call in said.pop("tool_calls", None) or ():
        if call.get("index", 0) == 0:
            said.setdefault("function_call", call["function"])
    if choice.get("finish_reason") == "tool_calls":
        choice["finish_reason"] = "function_call"
