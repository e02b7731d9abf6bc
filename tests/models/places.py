"""Small models, wheels and a server of files on this machine, for the tests of packages and downloads."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path
from unittest import mock

import nlpcore
from nlpcore.models import build_index, package


def small_model(name="tiny", version="1.0.0", sentences=True):
    nlp = nlpcore.blank(
        "en", meta={"name": name, "version": version, "license": "MIT", "description": 'A "small" one.'}
    )
    if sentences:
        nlp.add_pipe("sentencizer")
    return nlp


def wheel(folder: Path, name="tiny", version="1.0.0", **more) -> Path:
    model = folder / f".{name}-{version}"
    small_model(name, version, **more).to_disk(model)
    with mock.patch("nlpcore.models.names.check_version"):  # those for another nlpcore, too
        return package(model, folder)


def index(folder: Path, *versions: str) -> Path:
    folder.mkdir(exist_ok=True)
    for version in versions or ("1.0.0",):
        wheel(folder, version=version)
    build_index(folder)
    return folder


class Server:
    """A server of one folder on 127.0.0.1; ``answers`` maps a path to a function that answers it instead.

    asked: the paths that were asked for.
    """

    def __init__(self, folder: Path):
        self.answers = {}
        self.asked = []
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(folder))

            def do_GET(self):
                server.asked.append(self.path)
                answer = server.answers.get(self.path.rpartition("/")[2])
                if answer is None:
                    super().do_GET()
                else:
                    answer(self)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._server.server_close()
