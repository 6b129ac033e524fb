"""Entry point: `streamlit run app.py`. Page settings and navigation; each page does the rest."""


def main() -> None:
    """Set up the app and run the page that the address names."""
    import time

    import streamlit as st

    from ui.controls.panel import send_panel_script
    from ui.page.navigation import navigate, run
    from ui.registry import ROOT
    from ui.server import startup

    start = time.monotonic()
    startup.start_app()
    page = navigate()
    icon = str(ROOT / "ui" / "icon.svg")
    st.set_page_config(page_title=f"{page.title} · ML Explainers", page_icon=icon, layout="wide")
    st.html(ROOT / "ui" / "style.css")
    send_panel_script()
    run(page, start)
    startup.warm_up()


# Worker processes import this file under another name and must not run it.
if __name__ == "__main__":
    main()
