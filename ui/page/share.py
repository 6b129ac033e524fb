"""The link to a page that a teacher has prepared: a dialog with check boxes, the link, and a QR code of it."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from ui.controls.address import link_text
from ui.page.prepared import HIDE, LOCK, PIECES
from ui.page.state import PageState, Settings
from ui.server.network import network_address
from ui.text import LANGUAGES

# The code of the state on screen, beside the names of the scenes.
NOW = "now"
# Dark on white in both themes, because many cameras need that, with the border that the standard asks for.
CODE_STYLE = {"omitsize": True, "border": 4, "dark": "#000", "light": "#fff"}
# A longer link makes a QR code that cameras cannot read from paper, in characters.
MAX_PRINTED = 1000


class ShareMixin(PageState):
    """Offers the link."""

    def on_title(self, pressed: object) -> None:
        """Open the dialog, or make the QR code of the link that the browser wants to print."""
        match pressed:
            case "share":
                st.session_state[f"{self.prefix}share_open"] = True
            case {"print": str(link)} if len(link) <= MAX_PRINTED:
                st.session_state[f"{self.prefix}print_link"] = link

    def printed_code(self) -> dict[str, str] | None:
        """Return the link to be printed, with its QR code as SVG."""
        link = st.session_state.get(f"{self.prefix}print_link")
        return {"link": link, "svg": _qr_code(link).svg_inline(**CODE_STYLE)} if link else None

    def show_share(self) -> None:
        """Show the dialog until the user closes it."""
        key = f"{self.prefix}share_open"

        def close() -> None:
            st.session_state[key] = False

        if st.session_state.get(key):
            st.dialog(self.words("share.title"), width="large", on_dismiss=close)(self._share)()

    def _share(self) -> None:
        words = self.words
        left, right = st.columns((1.4, 1))
        with left:
            states = {NOW: words("share.now")} | {name: words(f"scenes.{name}.name") for name in self.scenes}
            state = st.selectbox(words("share.state"), states, format_func=states.__getitem__)
            languages = list(LANGUAGES)
            language = st.radio(
                words("language"),
                languages,
                languages.index(words.language),
                format_func=LANGUAGES.__getitem__,
                horizontal=True,
            )
            present = st.checkbox(words("share.present"))
            controls = {name: self._name_of(name) for name in self.values if name != "tab"}
            pieces = {piece: words(f"share.pieces.{piece}") for piece in PIECES} | controls
            nothing = words("share.nothing")
            hide = st.multiselect(words("share.hide"), pieces, format_func=pieces.__getitem__, placeholder=nothing)
            lock = st.multiselect(words("share.lock"), controls, format_func=controls.__getitem__, placeholder=nothing)
            origins = origins_of(st.context.url or "")
            origin = origins[0]
            if len(origins) > 1:
                origin = st.radio(words("share.origin"), origins, len(origins) - 1, format_func="`{}`".format)
        values = self.settings_in_link() if state == NOW else scene_parameters(self.prefix, self.scenes[state])
        query = {
            "lang": language,
            **values,
            **({"present": "1"} if present else {}),
            **({HIDE: ",".join(hide)} if hide else {}),
            **({LOCK: ",".join(lock)} if lock else {}),
        }
        link = f"{origin}/{words.stem}?{urlencode(query, safe=',')}"
        with right:
            scan = html.escape(words("share.scan"))
            # As an image: `st.html` removes SVG elements.
            image = f"<img src='{_qr_code(link).svg_data_uri(encode_minimal=False, **CODE_STYLE)}' alt='{scan}'>"
            st.html(f"<figure class='qr'>{image}<figcaption>{scan}</figcaption></figure>")
        st.code(link, language=None, wrap_lines=True)
        st.caption(words("share.note"))
        if self._is_private:
            st.caption(words("upload_again"))

    def _name_of(self, control: str) -> str:
        return self.words("seed") if control == "seed" else self.words(f"controls.{control}.label")


def scene_parameters(prefix: str, settings: Settings) -> dict[str, str]:
    """Return the parameters of a scene.

    Examples
    --------
    >>> scene_parameters("gd_", {"rate": 0.1, "tab": "noise"})
    {'gd_rate': '0.1', 'gd_tab': 'noise'}
    """
    return {prefix + name: link_text(value) for name, value in settings.items()}


def origins_of(url: str) -> list[str]:
    """Return the addresses of the app, without a slash at the end: as the user sees it, then as others can reach it.

    ``url`` is the address of the page in the user's browser.
    """
    parts = urlsplit(url)
    origin = url.rstrip("/").rsplit("/", 1)[0] if parts.path.strip("/") else url.rstrip("/")
    if parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return [origin]
    other = network_address()
    if other is None:
        return [origin]
    port = f":{parts.port}" if parts.port else ""
    return [origin, origin.replace(f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{other}{port}", 1)]


def _qr_code(link: str) -> Any:
    """Return a QR code (``segno.QRCode``)."""
    import segno

    return segno.make(link, error="m", micro=False)
