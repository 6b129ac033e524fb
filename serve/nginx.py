"""The configuration of nginx in front of the server processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).with_name("nginx.conf.template")

# In MB: a little more than `server.maxUploadSize` in .streamlit/config.toml, for the head and the foot of the form.
UPLOAD_MB = 6
# Requests in a second, and how many at once. A page load makes about five; some hundred readers may share an address.
BROWSER_RATE, BROWSER_BURST = 10, 100
ADDRESS_RATE, ADDRESS_BURST = 200, 2000
# Open pages from one address.
CONNECTIONS = 1000

# Streamlit and Vega compile code in the browser, and charts, fonts and downloads are data: and blob: addresses.
POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)


def configuration(
    ports: Sequence[int], *, port: int, folder: Path, base: str = "", frame_ancestors: str = "'self'"
) -> str:
    """Return the configuration for processes at ``ports`` of this machine.

    Parameters
    ----------
    ports : sequence of int
        The ports of the server processes.
    port : int
        The port that nginx listens to.
    folder : Path
        Where nginx writes its files.
    base : str
        The base path, such as ``"/explainers"``; empty for none.
    frame_ancestors : str
        The sites that may show the app in a frame, as in the header ``Content-Security-Policy``.

    Examples
    --------
    >>> text = configuration([8601, 8602], port=8501, folder=Path("/tmp/serve"))
    >>> "listen 8501;" in text, "server 127.0.0.1:8602 max_fails=0 backup" in text
    (True, True)
    """
    # A process that has ended refuses a connection at once, and the next one is tried. To mark it as failed for some
    # seconds would make a request fail if another process is restarted meanwhile.
    servers = [f"server 127.0.0.1:{number} max_fails=0" for number in ports]
    upstreams = []
    for own, server in enumerate(servers):
        others = [f"{other} backup" for number, other in enumerate(servers) if number != own]
        upstreams.append(f"    upstream app{own} {{\n{_lines([server, *others])}\n    }}\n")
    attributes = "Path=/; SameSite=Lax; HttpOnly"
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        folder=folder,
        port=port,
        base=base,
        any=_lines(servers),
        upstreams="".join(upstreams),
        processes=_lines([f'"{number}" app{number}' for number in range(len(ports))]),
        attributes=attributes,
        cookies=_lines([f'"~:{port}$" "explainers={number}; {attributes}"' for number, port in enumerate(ports)]),
        policy="; ".join((*POLICY, f"frame-ancestors {frame_ancestors}")),
        upload=UPLOAD_MB,
        browser_rate=BROWSER_RATE,
        browser_burst=BROWSER_BURST,
        address_rate=ADDRESS_RATE,
        address_burst=ADDRESS_BURST,
        connections=CONNECTIONS,
    )


def _lines(directives: Sequence[str]) -> str:
    return "\n".join(f"        {directive};" for directive in directives)
