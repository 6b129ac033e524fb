"""The exam questions: activation function, scale of the weights, and forget bias."""

from __future__ import annotations

from core.exams import Exam, Exams

EXAMS: Exams = {
    "activation": Exam("activation", ("sigmoid", "tanh", "relu", "identity"), {"depth": 30}),
    "sigma_w": Exam("sigma_w", (0.5, 1.0, 2.0, 3.0), {"depth": 30, "activation": "relu", "init": "free"}),
    "forget": Exam("forget", (0.0, 1.0, 2.0), {"tab": "time"}),
}
