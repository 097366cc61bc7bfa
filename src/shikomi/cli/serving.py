"""`shikomi serve`."""

import os
import sys
from pathlib import Path

from shikomi import config as configs
from shikomi.app.endpoints import SERVER_FOLDER, Machine
from shikomi.app.local_server import server_command
from shikomi.config import FILE_NAME, Config


def serve_project(folder: Path, *, host: str, port: int) -> None:
    """Become the server: a project's, with its tuned models, or one of its own in `folder`."""
    settings = configs.load(folder) if (folder / FILE_NAME).exists() else Config()
    command = server_command(settings, data=folder / SERVER_FOLDER, cache=Machine.here().cache)
    os.execv(sys.executable, [*command, "--host", host, "--port", str(port)])
