"""The exam questions: learning rate, batch size and kind of noise."""

from __future__ import annotations

from core.exams import Exam, Exams

EXAMS: Exams = {
    "rate": Exam("rate", (0.005, 0.01, 0.02, 0.05)),
    "batch": Exam("batch", (8, 32, 128), {"tab": "shaking"}),
    "noise": Exam("noise", ("batch", "additive"), {"batch": 8, "start": "flat"}),
}
