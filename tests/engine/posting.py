"""Plain calls to a runtime."""

import json
import urllib.request
from typing import Any


def post(url: str, **body: Any) -> dict[str, Any]:
    """What the runtime says to a body of JSON."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
        answer: dict[str, Any] = json.load(reply)
    return answer
