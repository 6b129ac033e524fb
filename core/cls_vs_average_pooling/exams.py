"""The exam questions: sharpness of the attention, length of a sentence, and task."""

from __future__ import annotations

from core.cls_vs_average_pooling.sequences import TASKS
from core.exams import Exam, Exams

EXAMS: Exams = {
    "sharpness": Exam("sharpness", (0.2, 0.5, 1.0), {"length": 17}),
    "own": Exam("own", (4, 8, 32, 128), {"tab": "padding"}),
    "task": Exam("task", TASKS, {"length": 65}),
}
