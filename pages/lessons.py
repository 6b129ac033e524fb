"""Ready-made lessons, and an editor for lessons of the user."""

from ui.page import open_page
from ui.page.lesson_editor import edit_lesson, show_ready_made

page = open_page(__file__)

page.text(page.words("start"))
show_ready_made(page.words)
edit_lesson(page.words)
