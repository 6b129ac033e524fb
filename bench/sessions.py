"""Readers without a browser: websocket sessions that speak Streamlit's protocol."""

from __future__ import annotations

import asyncio
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_PATIENCE = 120


@dataclass
class Slider:
    """A slider that a session was shown: the component it is part of, its own key there, and its number of places."""

    widget: str
    fragment: str
    key: str
    places: int


@dataclass
class Shown:
    """What a session was sent in a run.

    Attributes
    ----------
    elements : int
    exceptions : list of str
    menu : list of str
        Page titles of the menu, which app.py alone sends in the reader's language.
    sliders : list of Slider
    seconds : float
        From the request to the end of the run.
    """

    elements: int = 0
    exceptions: list[str] = field(default_factory=list)
    menu: list[str] = field(default_factory=list)
    sliders: list[Slider] = field(default_factory=list)
    seconds: float = 0.0


class Session:
    """One reader of one page."""

    def __init__(self, port: int, page: str, query: str = "lang=ko") -> None:
        self.page = page
        self.query = query
        self._address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self._page_hash = ""
        self._socket: ClientConnection
        self.sliders: list[Slider] = []

    async def __aenter__(self) -> Session:
        self._socket = await connect(self._address, max_size=None, subprotocols=["streamlit"], open_timeout=_PATIENCE)
        return self

    async def __aexit__(self, kind: type | None, error: Exception | None, trace: TracebackType | None) -> None:
        await self._socket.close()

    async def open(self) -> Shown:
        """Ask for the page and receive its first whole run."""
        shown = await self._run(BackMsg())
        self.sliders = shown.sliders
        return shown

    async def move(self, choose: random.Random, which: int = 0) -> Shown:
        """Move a slider to some value and receive the run that follows."""
        slider = self.sliders[which]
        ask = BackMsg()
        ask.rerun_script.fragment_id = slider.fragment
        state = ask.rerun_script.widget_states.widgets.add()
        state.id = slider.widget
        values = {slider.key: choose.randrange(slider.places)}
        state.json_value = json.dumps({"change": {"values": values, "id": time.time()}})
        return await self._run(ask)

    async def _run(self, ask: BackMsg) -> Shown:
        ask.rerun_script.query_string = self.query
        if self._page_hash:
            ask.rerun_script.page_script_hash = self._page_hash
        else:
            ask.rerun_script.page_name = self.page
        shown, start = Shown(), time.perf_counter()
        await self._socket.send(ask.SerializeToString())
        finished = False
        while not finished:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(self._socket.recv(), _PATIENCE))
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._note(message, shown)
            elif kind == "navigation":
                shown.menu = [entry.page_name for entry in message.navigation.app_pages]
                self._page_hash = message.navigation.page_script_hash
            # A run that starts again (the guard of a cold start) ends early and is followed by another.
            finished = kind == "script_finished" and message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            )
        shown.seconds = time.perf_counter() - start
        return shown

    def _note(self, message: ForwardMsg, shown: Shown) -> None:
        shown.elements += 1
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            shown.exceptions.append(element.exception.message)
        elif kind == "bidi_component" and element.bidi_component.component_name == "panel":
            panel, fragment = element.bidi_component, message.delta.fragment_id
            shown.sliders += [
                Slider(panel.id, fragment, control["key"], len(control["options"]))
                for control in json.loads(panel.bytes.splitlines()[0])["controls"]
                if control["kind"] == "slider"
            ]


def open_sessions(port: int, pages: list[str]) -> list[Shown]:
    """Open one session a page, all asking at the same moment; return what each was shown."""

    async def one(page: str, ready: asyncio.Barrier) -> Shown:
        async with Session(port, page) as session:
            await ready.wait()
            return await session.open()

    async def gather() -> list[Shown]:
        ready = asyncio.Barrier(len(pages))
        return await asyncio.gather(*(one(page, ready) for page in pages))

    # In a thread of its own: the browser's driver keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, gather()).result()
