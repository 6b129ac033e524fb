"""The exam questions: how far Q has moved, label smoothing, and the distance of two Gaussians."""

from __future__ import annotations

from core.exams import Exam, Exams

EXAMS: Exams = {
    "step": Exam("step", (20, 40, 60, 80), {"preset": "five_class"}),
    "smoothing": Exam("smoothing", (0.05, 0.1, 0.2, 0.3), {"tab": "smoothing"}),
    "separation": Exam("separation", (3.0, 5.0, 6.0, 8.0), {"tab": "gaussian"}),
}
