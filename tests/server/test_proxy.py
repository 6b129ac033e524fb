"""A proxy that rewrites the Host header: the server takes its browsers for another site."""

from contextlib import nullcontext

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from bench.server import Server


@pytest.mark.parametrize("public", ["", "teach.example"])
def test_a_rewritten_host_needs_the_public_name(public: str) -> None:
    """docs/hosting.md names the setting; without it, the log of the server says why a page stays empty."""
    server = Server(**({"STREAMLIT_BROWSER_SERVER_ADDRESS": public} if public else {}))
    url = f"{server.address.replace('http', 'ws')}/_stcore/stream"
    expected = nullcontext() if public else pytest.raises(InvalidStatus, match="403")
    with expected, connect(url, origin=Origin("https://teach.example"), subprotocols=[Subprotocol("streamlit")]):
        pass
    server.log.seek(0)
    log = server.log.read()
    server.stop()
    assert ("disallowed Origin or Host" in log) == (not public)
