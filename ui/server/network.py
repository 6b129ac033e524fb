"""The address of this computer in its local network."""

from __future__ import annotations

import socket


def network_address() -> str | None:
    """Return the IP address under which others reach this computer; None without a network.

    Nothing is sent: connecting a UDP socket only chooses the interface that leads to other networks.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith(("127.", "0.")) else address
