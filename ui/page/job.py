"""Long computations of a page, in worker processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from ui.controls.panel import session_name
from ui.page.state import PageState
from ui.server import startup
from ui.server.jobs import call_each, request_key
from ui.server.turns import yield_turn

T = TypeVar("T")
K = TypeVar("K")


def client_name() -> str:
    """Return who asks for a job: the browser, if nginx has named it (``serve/nginx.conf.template``), or the session."""
    return st.context.cookies.get("explainers_browser") or session_name()


class JobMixin(PageState):
    """Runs long computations."""

    def compute(self, function: Callable[..., T], *, cached: bool = True, **arguments: Any) -> T:
        """Return the result of a short computation, which a worker process runs once for all sessions.

        The parameters are those of `job`.
        """
        return self.job("compute", function, short=True, cached=cached, **arguments)

    def compute_each(self, function: Callable[..., T], settings: Mapping[K, Mapping[str, Any]]) -> dict[K, T]:
        """Return the results of a short computation at several settings, by their names.

        They are one job, and so wait for a worker only once; without settings there is none.
        """
        if not settings:
            return {}
        results = self.compute(call_each, computation=function, settings=tuple(settings.values()))
        return dict(zip(settings, results, strict=True))

    def job(
        self, name: str, function: Callable[..., T], *, short: bool = False, cached: bool = True, **arguments: Any
    ) -> T:
        """Run a long computation in a worker process with a progress bar.

        Parameters
        ----------
        name : str
            The label of the progress bar is at ``jobs.<name>``.
        function : callable
            A function of `core`, which may take ``report``, see `ui.server.jobs`.
        short : bool
            It takes less than a second, and does not wait behind longer jobs.
        cached : bool
            The result is cached for all sessions. False for data of a user: only this session keeps it, until it asks
            for another job of this name, goes to another page or removes its table.
        **arguments
            Its arguments, which can be pickled.
        """
        container, label, bars = st.empty(), self.words(f"jobs.{name}"), []
        kept = f"{self.upload_prefix}job_{name}"
        request = b"" if cached else hashlib.sha256(request_key(function, arguments)).digest()
        if not cached and (last := st.session_state.get(kept)) and last[0] == request:
            of_session: T = last[1]
            return of_session
        # A control that changes in the meantime interrupts this run at the next st call, which ends the waiting.
        with yield_turn():
            result: T = startup.jobs(short=short).compute(
                function,
                arguments,
                lambda fraction: bars.append(container.progress(fraction, label)),
                cached=cached,
                client=client_name(),
                name="" if short else f"{self.words.stem}.{name}",
            )
        if bars:
            container.empty()
        if not cached:
            st.session_state[kept] = request, result
        return result
