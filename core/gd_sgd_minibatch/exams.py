"""The exam questions: learning rate, batch size and schedule."""

from __future__ import annotations

from core.exams import Exam, Exams
from core.gd_sgd_minibatch.optimisers import SCHEDULES

# Gradient descent along the steepest direction of the diabetes data, alone.
STEEP = {"start": "steep", "show": "one", "batch": 442}
EXAMS: Exams = {
    "rate": Exam("rate", (0.05, 0.1, 0.2, 0.3), {**STEEP, "updates": 20}),
    "batch": Exam("batch", (8, 16, 64, 128), {"unit": "epochs", "epochs": 1, "rate": 0.05}),
    "schedule": Exam("schedule", SCHEDULES, {**STEEP, "rate": 0.05, "updates": 50}),
}
