"""A real server in a process of its own, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from rag.documents.samples import samples
from rag.library import Library
from rag.models import DEFAULT_EMBEDDING, resolve_embedding

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run"]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            # a model is loaded and a document embedded in there: seconds on a quiet machine, minutes on a busy one
            item.add_marker(pytest.mark.timeout(600))


class Server:
    """The app on one data folder; can be stopped and started again on it."""

    def __init__(self, data: Path, log: Path) -> None:
        self.data, self.log = data, log
        self.port = _free_port()
        self._from = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.said = ""
        """What it wrote while it ran: at its end Python may complain of an import that a thread is in the middle of."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KILDE_")}
        self._from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT,
                env={**environment, "KILDE_DATA": str(self.data)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except OSError:
                assert time.monotonic() < end, self.log.read_text()
                time.sleep(0.1)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            # what was written before this start has been read already, but for the end of the run before
            self.said += self.log.read_bytes()[self._from :].decode(errors="replace")
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def e5(models_folder: Path) -> Path:
    """The folder with the unpacked default model."""
    resolve_embedding(DEFAULT_EMBEDDING, models_folder, tokenizer_only=True)
    resolve_embedding(DEFAULT_EMBEDDING, models_folder)
    return models_folder


@pytest.fixture
def make_server(tmp_path: Path, e5: Path) -> Iterator[Callable[[], Server]]:
    """make_server() starts the app on a new data folder that has the model already."""
    servers: list[Server] = []

    def make() -> Server:
        server = made_server(tmp_path / f"server{len(servers)}", e5)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.stop()
    for server in servers:
        assert "Traceback" not in server.said, server.said


DOCUMENT = "Garanti 2026.pdf"


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, e5: Path) -> Path:
    """A data folder with the model and the shipped DOCUMENT, ready: to be copied, never to be opened."""
    data = tmp_path_factory.mktemp("indexed") / "data"
    shutil.copytree(e5, data / "models", copy_function=_link)
    with real_library(data) as library:
        library.documents.add(DOCUMENT, dict(samples())[DOCUMENT])
        assert library.wait(400)
    return data


@contextmanager
def real_library(data: Path) -> Iterator[Library]:
    """A library with the model that the app has, whatever other tests replace it by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KILDE_EMBEDDING_MODEL", raising=False)
        with Library.open(data) as library:
            yield library


@contextmanager
def serving(folder: Path, indexed: Path, prepare: Callable[[Library], None] = lambda library: None) -> Iterator[Server]:
    """The app on a copy of the data folder `indexed` below `folder`, with whose library `prepare` is called first."""
    data = folder / "data"
    shutil.copytree(indexed, data, ignore=lambda at, _: ["models"] if Path(at) == indexed else [])
    shutil.copytree(indexed / "models", data / "models", copy_function=_link)
    with real_library(data) as library:
        prepare(library)
    server = Server(data, folder / "server.log")
    server.start()
    yield server
    server.stop()
    assert "Traceback" not in server.said, server.said


def made_server(folder: Path, models: Path) -> Server:
    """The app, not started yet, on a new data folder below `folder` with the models of `models`."""
    # hard links: 470 MB that nobody writes to
    shutil.copytree(models, folder / "data" / "models", copy_function=_link)
    return Server(folder / "data", folder / "server.log")


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


expect.set_options(timeout=30_000)  # on a busy machine a page takes its time


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("KILDE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """new_page(locale="da-DK", width=1400, dark=False): a tab of its own, which fails the test on a script error."""
    contexts = []
    faults: list[str] = []

    def make(locale: str = "en-GB", width: int = 1400, height: int = 900, dark: bool = False) -> Page:
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        # shown with a test that failed: Streamlit keeps there what a component's script threw
        page.on("console", lambda said: print(said.text) if said.type == "error" else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []
