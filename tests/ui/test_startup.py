"""What happens once a process, before any page draws."""

import socket

from ui import startup


def test_no_message_waits_until_the_last_one_is_acknowledged() -> None:
    """As Streamlit binds it, a socket's protocol has no name, and asyncio leaves Nagle's algorithm on."""
    option = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
    with socket.socket(socket.AF_INET) as listening, socket.socket(socket.AF_INET) as early:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        early.connect(listening.getsockname())
        with listening.accept()[0] as accepted:
            assert not accepted.getsockopt(*option)
            startup.send_without_delay.__wrapped__()
            assert accepted.getsockopt(*option), "a connection that was open"
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as later:
            assert later.getsockopt(*option), "a connection that came later"
