"""Sessions without a browser: WebSocket clients that speak Streamlit's protocol."""

from __future__ import annotations

import asyncio
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from types import TracebackType
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_TIMEOUT = 120
# The kinds of controls beside sliders that `Session.change_any` changes.
CHANGED_KINDS = ("select", "radio", "tabs", "toggle", "predict", "buttons", "claims", "scenes", "number")


@dataclass
class Slider:
    """A slider of a page: its panel, its fragment, its key, and its number of values."""

    widget: str
    fragment: str
    key: str
    n_values: int


@dataclass
class Choice:
    """Any other control of a page: its panel, its fragment, its key, its kind (`ui.controls.panel.Control`).

    ``n_values`` is the number of its options; ``decisions`` that of the decisions about a claim.
    """

    widget: str
    fragment: str
    key: str
    kind: str
    n_values: int
    decisions: int = 0


@dataclass
class Received:
    """What a session received in a run.

    Attributes
    ----------
    elements : int
    exceptions : list of str
    menu : list of str
        Page titles of the navigation, which only app.py sends.
    sliders : list of Slider
    choices : list of Choice
    address : dict of str
        Parameters of the address, of all panels that were drawn in the run.
    uploader : tuple of str
        The upload field and its fragment.
    messages : list of str
        Texts of error boxes.
    seconds : float
        From the request to the end of the run.
    """

    elements: int = 0
    exceptions: list[str] = field(default_factory=list)
    menu: list[str] = field(default_factory=list)
    sliders: list[Slider] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    address: dict[str, str | None] = field(default_factory=dict)
    uploader: tuple[str, str] = ("", "")
    messages: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Session:
    """One session of one page."""

    def __init__(self, port: int, page: str, query: str = "lang=ko") -> None:
        self.page = page
        self.query = query
        self._port = port
        self._page_hash = ""
        self._head = ""
        self._id = ""
        self._uploader = ("", "")
        self._socket: ClientConnection
        # What a proxy in front of several processes has set, as "name=value; …".
        self.cookies = ""
        self.sliders: list[Slider] = []
        self.choices: list[Choice] = []
        self.address: dict[str, str] = {}

    async def __aenter__(self) -> Session:
        address = f"ws://127.0.0.1:{self._port}/_stcore/stream"
        headers = {"Cookie": self.cookies} if self.cookies else {}
        self._socket = await connect(
            address,
            max_size=None,
            subprotocols=["streamlit"],
            open_timeout=_TIMEOUT,
            additional_headers=headers,
        )
        if self._socket.response and (cookies := self._socket.response.headers.get_all("Set-Cookie")):
            self.cookies = "; ".join(cookie.partition(";")[0] for cookie in cookies)
        return self

    async def __aexit__(self, kind: type | None, error: Exception | None, trace: TracebackType | None) -> None:
        await self._socket.close()

    async def open(self) -> Received:
        """Request the page and receive its first full run."""
        received = await self._run(BackMsg())
        self.sliders = received.sliders
        self.choices = received.choices
        self._uploader = received.uploader
        return received

    async def change(self, choose: random.Random, which: int = 0) -> Received:
        """Set a slider to a random value and receive the rerun."""
        slider = self.sliders[which]
        values = {slider.key: choose.randrange(slider.n_values)}
        return await self._report(slider.widget, {"values": values, "id": time.time()}, slider.fragment)

    async def change_any(self, choose: random.Random, patience: float) -> Received | None:
        """Change any control, predictions, claims and views included; return None if the rerun takes longer.

        A control that the last rerun has drawn is used; the next change interrupts a rerun that is not awaited.
        """
        control = choose.choice([*self.sliders, *self.choices])
        value: object = choose.randrange(max(control.n_values, 1))
        if isinstance(control, Choice) and control.kind == "claims":
            value = [value, choose.randrange(control.decisions)]
        elif isinstance(control, Choice) and control.kind == "number":
            value = str(choose.randrange(100_000))
        rerun = self._report(control.widget, {"values": {control.key: value}, "id": time.time()}, control.fragment)
        try:
            received = await asyncio.wait_for(rerun, patience)
        except TimeoutError:
            return None
        for drawn in ("sliders", "choices"):
            new = getattr(received, drawn)
            others = [one for one in getattr(self, drawn) if one.widget not in {control.widget for control in new}]
            setattr(self, drawn, others + new)
        return received

    async def upload(self, name: str, data: bytes) -> Received:
        """Upload a file as a browser does, and receive the rerun; the server has no XSRF protection."""
        request = BackMsg()
        request.file_urls_request.request_id = name
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self._id
        await self._socket.send(request.SerializeToString())
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "file_urls_response":
            answer.ParseFromString(await asyncio.wait_for(self._socket.recv(), _TIMEOUT))
        [urls] = answer.file_urls_response.file_urls
        await asyncio.to_thread(self._put, urls.upload_url, name, data)
        message = BackMsg()
        widget, message.rerun_script.fragment_id = self._uploader
        state = message.rerun_script.widget_states.widgets.add()
        state.id = widget
        file = state.file_uploader_state_value.uploaded_file_info.add()
        file.file_id, file.name, file.size = urls.file_id, name, len(data)
        file.file_urls.CopyFrom(urls)
        return await self._run(message)

    def _put(self, url: str, name: str, data: bytes) -> None:
        head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = f"{head}Content-Type: text/csv\r\n\r\n".encode() + data + b"\r\n--part--\r\n"
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        connection.request("PUT", url, body, {"Content-Type": "multipart/form-data; boundary=part"})
        status = connection.getresponse().status
        connection.close()
        assert status < 300, status

    async def reconnect(self, port: int) -> list[Received]:
        """Connect to a restarted server as an open page does, and receive the runs until the page is restored.

        The first request has the query of the page load, which is all that Streamlit's frontend knows. The head's panel
        then meets a new session and sends it the address (`ui/controls/panel.js`).
        """
        query = urlencode(self.address)
        self._port = port
        await self._socket.close()
        await self.__aenter__()
        opened = await self._run(BackMsg())
        return [opened, await self._report(self._head, {"values": {}, "id": time.time(), "query": f"?{query}"})]

    async def _report(self, widget: str, change: dict[str, object], fragment: str = "") -> Received:
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        state = message.rerun_script.widget_states.widgets.add()
        state.id = widget
        state.json_value = json.dumps({"change": change})
        return await self._run(message)

    async def _run(self, request: BackMsg) -> Received:
        request.rerun_script.query_string = self.query
        if self._page_hash:
            request.rerun_script.page_script_hash = self._page_hash
        else:
            request.rerun_script.page_name = self.page
        received, start = Received(), time.perf_counter()
        await self._socket.send(request.SerializeToString())
        finished = False
        while not finished:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(self._socket.recv(), _TIMEOUT))
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._record(message, received)
            elif kind == "new_session":
                self._id = message.new_session.initialize.session_id
            elif kind == "navigation":
                received.menu = [entry.page_name for entry in message.navigation.app_pages]
                self._page_hash = message.navigation.page_script_hash
            # A run that is restarted (the guard of a cold start) ends early and is followed by another.
            finished = kind == "script_finished" and message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            )
        received.seconds = time.perf_counter() - start
        for key, text in received.address.items():
            self.address.pop(key, None)
            if text is not None:
                self.address[key] = text
        return received

    def _record(self, message: ForwardMsg, received: Received) -> None:
        received.elements += 1
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            received.exceptions.append(element.exception.message)
        elif kind == "file_uploader":
            received.uploader = (element.file_uploader.id, message.delta.fragment_id)
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            received.messages.append(element.alert.body)
        elif kind == "bidi_component" and element.bidi_component.component_name == "panel":
            panel, fragment = element.bidi_component, message.delta.fragment_id
            state = json.loads(panel.bytes.splitlines()[1])
            received.address |= state["address"]
            if state["session"]:
                self._head = panel.id
            for control in json.loads(panel.bytes.splitlines()[0])["controls"]:
                place, count = (panel.id, fragment, control["key"]), len(control["options"])
                if control["kind"] == "slider":
                    received.sliders.append(Slider(*place, count))
                elif control["kind"] in CHANGED_KINDS:
                    count = 2 if control["kind"] == "toggle" else count
                    choice = Choice(*place, control["kind"], count, len(control.get("decisions", ())))
                    received.choices.append(choice)


def open_sessions(port: int, pages: list[str]) -> list[Received]:
    """Open one session per page, all at the same moment; return what each received."""

    async def one(page: str, ready: asyncio.Barrier) -> Received:
        async with Session(port, page) as session:
            await ready.wait()
            return await session.open()

    async def gather() -> list[Received]:
        ready = asyncio.Barrier(len(pages))
        return await asyncio.gather(*(one(page, ready) for page in pages))

    # In another thread: the browser's driver has an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, gather()).result()
