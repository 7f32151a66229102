"""The browser's timers go on asking for the page it still shows, while it is being led to another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.e2e.conftest import Server


class Slow:
    """The way from the server to the browser: from the next page on it is closed until a timer has asked once more."""

    def __init__(self) -> None:
        self.watching = self.closed = False
        self.asked: list[str] = []
        self._held: list[bytes | str] = []

    def connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def down(message: bytes | str) -> None:
            if self.watching and ForwardMsg.FromString(_bytes(message)).WhichOneof("type") == "page_info_changed":
                self.watching, self.closed = False, True
            if self.closed:
                self._held.append(message)
            else:
                socket.send(message)

        def up(message: bytes | str) -> None:
            server.send(message)
            asked = BackMsg.FromString(_bytes(message))
            if self.closed and asked.rerun_script.is_auto_rerun:
                self.asked.append(asked.rerun_script.page_script_hash)
                self.closed = False
                for held in self._held:
                    socket.send(held)

        server.on_message(down)
        socket.on_message(up)


def _bytes(message: bytes | str) -> bytes:
    return message if isinstance(message, bytes) else message.encode()


def test_a_timer_of_the_page_that_is_left_does_not_take_off_the_next(
    make_server: Callable[[], Server], new_page: Callable[..., Page], tmp_path: Path
) -> None:
    server = make_server()
    page = new_page()
    way = Slow()
    page.route_web_socket("**/_stcore/stream", way.connect)
    page.goto(f"{server.url}/upload")
    file = tmp_path / "Long.txt"
    paragraphs = (f"Paragraph {i}: the {i * 7919 % 1000}th thing is kept for {i} days." for i in range(6000))
    file.write_text("\n\n".join(paragraphs))
    page.locator("input[type=file]").first.set_input_files(file)
    name = page.get_by_role("table").get_by_role("button", name="Long.txt")
    expect(name).to_be_visible()
    way.watching = True  # what is indexed keeps the sidebar's timer going
    name.click()
    expect(page.get_by_role("heading", name="Long.txt")).to_be_visible()
    assert len(way.asked) == 1
    # two more ticks, which draw in the new page and nowhere else
    page.wait_for_timeout(2500)
    expect(page.get_by_role("heading", name="Long.txt")).to_be_visible()
    expect(page.get_by_role("button", name="Re-index")).to_be_visible()
    assert f"{server.url}/document?id=1" in page.url
