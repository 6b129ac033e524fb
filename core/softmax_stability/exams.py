"""The exam questions: number type, temperature and algorithm."""

from __future__ import annotations

from core.exams import Exam, Exams
from core.softmax_stability.arithmetic import ALGORITHMS, DTYPES

EXAMS: Exams = {
    "dtype": Exam("dtype", DTYPES, {"tab": "error"}),
    "temperature": Exam("temperature", (0.5, 1.0, 2.0, 4.0), {"classes": 2}),
    "algorithm": Exam("algorithm", ALGORITHMS, {"tab": "cells"}),
}
