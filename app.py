"""Entry: `streamlit run app.py`. Page settings, language and navigation; the pages do the rest."""


def main() -> None:
    """Draw the frame and run the page that the address names."""
    import streamlit as st

    from ui import startup
    from ui.board import enter_boards
    from ui.registry import EXPLAINERS, PAGES
    from ui.text import Words, language

    startup.enter_app()
    assets = PAGES.parent / "ui"
    st.set_page_config(page_title="ML Explainers", page_icon=str(assets / "icon.svg"), layout="wide")
    st.html(assets / "style.css")
    enter_boards()

    words = Words("home", language())
    pages = [st.Page(PAGES / "home.py", title=words("home"), icon=":material/home:", default=True)]
    for e in EXPLAINERS:
        pages.append(st.Page(PAGES / f"{e.stem}.py", title=Words(e.stem, language())("title"), icon=e.icon))
    # The way to the pages is in each page's head: Streamlit's own menu is drawn anew some four times at every move.
    st.navigation(pages, position="hidden").run()
    startup.warm_up()


# Worker processes import this file under another name, and need none of it.
if __name__ == "__main__":
    main()
