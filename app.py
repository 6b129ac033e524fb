"""Entry point: `streamlit run app.py`. Page settings and navigation; each page does the rest."""


def main() -> None:
    """Set up the app and run the page that the address names."""
    import streamlit as st

    from ui.controls.panel import send_panel_script
    from ui.page.navigation import navigate
    from ui.registry import ROOT
    from ui.server import startup

    startup.start_app()
    st.set_page_config(page_title="ML Explainers", page_icon=str(ROOT / "ui" / "icon.svg"), layout="wide")
    st.html(ROOT / "ui" / "style.css")
    send_panel_script()
    navigate().run()
    startup.warm_up()


# Worker processes import this file under another name and must not run it.
if __name__ == "__main__":
    main()
