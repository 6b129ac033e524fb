"""The exam questions: sample size, promised coverage, and a density."""

from __future__ import annotations

from core.exams import Exam, Exams
from core.likelihood_sampling.experiment import LEVELS
from core.likelihood_sampling.products import DENSITIES

EXAMS: Exams = {
    "n": Exam("n", (10, 30, 100, 300), {"tab": "scatter"}),
    "level": Exam("level", LEVELS),
    "density": Exam("density", tuple(DENSITIES), {"tab": "product"}),
}
