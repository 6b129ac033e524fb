"""The pieces of a page: a page says what to show, this package says how."""

from ui.page.page import Page, fragment, open_page

__all__ = ["Page", "fragment", "open_page"]
