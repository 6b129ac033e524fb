"""The exam questions: depth of the trees, flipped labels, and learning rate."""

from __future__ import annotations

from core.exams import Exam, Exams

EXAMS: Exams = {
    "depth": Exam("depth", ("1", "2", "full"), {"trees": 1, "tab": "trees"}),
    "flip": Exam("flip", (0.1, 0.2, 0.3), {"trees": 200}),
    "rate": Exam("rate", (0.05, 0.3, 1.0), {"booster": "gradient", "tab": "margins"}),
}
