"""States, as links, that a page's scenes do not reach: each brings sentences on screen that nothing else does."""

STATES: dict[str, list[dict[str, str]]] = {
    "softmax_stability": [
        {"softmax_typed": "1000, x"},
        {"softmax_typed": "70000, 70001", "softmax_dtype": "float16"},
    ],
}
