"""The exam questions: share of positives, separation of the classes, and the ratio of the costs."""

from __future__ import annotations

from core.exams import Exam, Exams

EXAMS: Exams = {
    "share": Exam("share", (0.01, 0.05, 0.2, 0.5), {"tab": "curves", "n": 10_000}),
    "separation": Exam("separation", (1.0, 1.5, 2.0, 3.0), {"tab": "curves", "n": 10_000}),
    "ratio": Exam("ratio", (0.2, 1.0, 5.0, 20.0), {"tab": "threshold", "n": 10_000}),
}
