"""`shikomi serve`."""

from dataclasses import replace
from pathlib import Path

from shikomi import config as configs
from shikomi.app.endpoints import SERVER_FOLDER, Machine, fetch_hub_models
from shikomi.app.local_server import check_installed, server_words
from shikomi.app.project_search import ProjectSearch
from shikomi.cli.show import Show
from shikomi.config import FILE_NAME, Config
from shikomi.errors import UserError


def serve_project(folder: Path, *, host: str, port: int) -> None:
    """Become the server: a project's, with its tuned models and its search, or one of its own in
    `folder`.

    Raises:
        UserError: there is no such folder, the local extra is not installed, or the
            configuration is wrong.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: name a project's, or make it first")
    check_installed()
    from shikomi.server.__main__ import main

    machine, is_project = Machine.here(), (folder / FILE_NAME).exists()
    settings = configs.load(folder) if is_project else Config()
    with Show() as show:
        fetch_hub_models(settings, replace(machine, downloading=show.downloading))
    words = server_words(settings, data=folder / SERVER_FOLDER, cache=machine.cache)
    search = ProjectSearch(folder, machine) if is_project else None
    main([*words, "--host", host, "--port", str(port)], search=search)
