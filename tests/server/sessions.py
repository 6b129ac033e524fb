"""Readers without a browser: websocket sessions that speak Streamlit's protocol."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect


@dataclass
class Shown:
    """What a session was sent in its first whole run."""

    elements: int = 0
    exceptions: list[str] = field(default_factory=list)
    # Page titles of the menu, which app.py alone sends in the reader's language.
    menu: list[str] = field(default_factory=list)


async def _open(port: int, page: str, ready: asyncio.Barrier) -> Shown:
    """Connect, ask for a page, and note what its first run shows."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(address, max_size=None, subprotocols=["streamlit"], open_timeout=60) as socket:
        await ready.wait()
        ask = BackMsg()
        ask.rerun_script.page_name = page
        ask.rerun_script.query_string = "lang=ko"
        await socket.send(ask.SerializeToString())
        shown, finished = Shown(), False
        while not finished:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(socket.recv(), 60))
            kind = message.WhichOneof("type")
            if kind == "delta":
                shown.elements += 1
                if message.delta.new_element.WhichOneof("type") == "exception":
                    shown.exceptions.append(message.delta.new_element.exception.message)
            elif kind == "navigation":
                shown.menu = [entry.page_name for entry in message.navigation.app_pages]
            # A run that starts again (the guard) ends early and is followed by another.
            finished = kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        return shown


def open_sessions(port: int, pages: list[str]) -> list[Shown]:
    """Open one session a page, all asking at the same moment; return what each was shown."""

    async def gather() -> list[Shown]:
        ready = asyncio.Barrier(len(pages))
        return await asyncio.gather(*(_open(port, page, ready) for page in pages))

    # In a thread of its own: the browser's driver keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, gather()).result()
