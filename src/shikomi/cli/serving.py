"""`shikomi serve`."""

import os
import sys
from pathlib import Path

from shikomi import config as configs
from shikomi.app.endpoints import SERVER_FOLDER, Machine, local_models
from shikomi.config import FILE_NAME, Config


def serve_project(folder: Path, *, host: str, port: int) -> None:
    """Become the server: a project's, with its tuned models, or one of its own in `folder`."""
    settings = configs.load(folder) if (folder / FILE_NAME).exists() else Config()
    command = [sys.executable, "-P", "-m", "shikomi.server", "--host", host, "--port", str(port)]
    command += ["--data", str(folder / SERVER_FOLDER), "--cache", str(Machine.here().cache)]
    command += ["--parallel", str(settings.server.parallel)]
    for hosted, embedded in settings.server.aliases.items():
        command += ["--alias", f"{hosted}={embedded}"]
    for model in local_models(settings):
        command += ["--model", model]
    os.execv(sys.executable, command)
