"""States, as links, that scenes do not reach and that show sentences which appear nowhere else."""

STATES: dict[str, list[dict[str, str]]] = {
    "softmax_stability": [
        {"softmax_typed": "1000, x"},
        {"softmax_typed": "70000, 70001", "softmax_dtype": "float16"},
        {"softmax_typed": "-1e9, 0, 1", "softmax_dtype": "float16", "softmax_tab": "map"},
        {"softmax_typed": "-inf, 0"},
        {"softmax_typed": "-inf, 0", "softmax_true": "lowest"},
        {"softmax_typed": "-inf, -inf"},
        {"softmax_offset": "-100"},
        {"softmax_classes": "100"},
        {"softmax_typed": "-1e9, 0, 1", "softmax_dtype": "float16"},
        {"softmax_tab": "cells", "softmax_offset": "1000"},
        {"softmax_tab": "online", "softmax_typed": "-inf, -inf"},
        {"softmax_dtype": "float64"},
        {"softmax_dtype": "float16", "softmax_spread": "17", "softmax_classes": "2", "softmax_true": "lowest"},
        {"softmax_classes": "100", "softmax_tab": "cells"},
        {"softmax_temperature": "1000", "softmax_tab": "error"},
    ],
    "cross_entropy_vs_kl": [
        {"cross_preset": "one_hot", "cross_tab": "calls", "cross_reduction": "mean"},
        {"cross_preset": "uniform", "cross_tab": "calls", "cross_input": "probabilities"},
        {"cross_preset": "disjoint", "cross_tab": "path"},
        {"cross_p": "1 1", "cross_q": "1 1", "cross_tab": "path"},
        {"cross_tab": "gaussian", "cross_separation": "2"},
        {"cross_tab": "smoothing", "cross_smoothing": "0"},
        {"cross_tab": "zero", "cross_epsilon": "0"},
        {"cross_p": "1 1", "cross_q": "1 1", "cross_unit": "bits"},
        {"cross_p": "1 0", "cross_q": "0.367879441 0.632120559"},
    ],
    "gd_sgd_minibatch": [
        {"gd_rate": "0.6"},
        {"gd_rate": "1"},
        {"gd_rate": "1", "gd_problem": "cancer"},
        {"gd_rate": "4", "gd_problem": "cancer"},
        {"gd_rate": "1.5", "gd_schedule": "inverse"},
        {"gd_rate": "1.5", "gd_schedule": "cosine", "gd_problem": "cancer"},
        {"gd_tab": "cost", "gd_tuned": "false"},
        {"gd_unit": "epochs", "gd_epochs": "20"},
        {"gd_replacement": "true", "gd_batch": "442"},
        {"gd_batch": "442", "gd_tab": "cloud"},
    ],
    "batch_size_minima": [
        {"batch_rate": "0.5"},
        {"batch_tab": "shaking", "batch_batch": "512"},
        {"batch_hold": "true", "batch_rate": "0.002"},
        {"batch_tab": "training", "batch_learning_rate": "2", "batch_seeds": "3"},
        {"batch_tab": "training", "batch_protocol": "loss", "batch_updates": "100", "batch_seeds": "3"},
        {"batch_tab": "training", "batch_loss": "cross_entropy", "batch_label_noise": "0.2", "batch_seeds": "3"},
        {"batch_tab": "slices", "batch_learning_rate": "3", "batch_seeds": "3"},
    ],
    "bagging_vs_boosting": [
        {"bagging_trees": "5"},
        {"bagging_tab": "weights", "bagging_rate": "2", "bagging_depth": "1", "bagging_flip": "0.1"},
        {"bagging_tab": "weights", "bagging_flip": "0.1"},
        {"bagging_flip": "0.2"},
        {"bagging_tab": "floor"},
        {"bagging_tab": "floor", "bagging_depth": "full"},
        {"bagging_tab": "noise"},
        {"bagging_trees": "5", "bagging_tab": "margins"},
        {"bagging_n": "10", "bagging_seed": "45"},
        {
            "bagging_n": "10",
            "bagging_seed": "5",
            "bagging_rate": "2",
            "bagging_depth": "2",
            "bagging_one_feature": "true",
        },
    ],
    "cls_vs_average_pooling": [
        {"cls_length": "1"},
        {"cls_length": "4", "cls_sharpness": "8"},
        {"cls_task": "majority", "cls_length": "65", "cls_sharpness": "0.1"},
        {"cls_tab": "trained", "cls_look": "steps", "cls_size": "9", "cls_seeds": "1"},
        {"cls_task": "majority", "cls_length": "65", "cls_sharpness": "2"},
        {"cls_tab": "padding", "cls_masked": "true"},
        {"cls_tab": "padding", "cls_own": "256"},
        {"cls_tab": "trained", "cls_size": "9", "cls_seeds": "2"},
        {"cls_tab": "trained", "cls_look": "lengths", "cls_size": "9", "cls_seeds": "2"},
    ],
    "vanishing_gradients": [
        {
            "vanishing_tab": "inside",
            "vanishing_activation": "relu",
            "vanishing_init": "free",
            "vanishing_sigma_w": "1e+07",
            "vanishing_depth": "50",
        },
        {
            "vanishing_tab": "inside",
            "vanishing_activation": "relu",
            "vanishing_init": "free",
            "vanishing_sigma_w": "100",
        },
        {"vanishing_tab": "time", "vanishing_forget": "2"},
        {"vanishing_init": "small", "vanishing_depth": "50", "vanishing_dtype": "float32"},
        {"vanishing_normalisation": "layer", "vanishing_tab": "hand"},
        {
            "vanishing_tab": "training",
            "vanishing_residual": "true",
            "vanishing_activation": "relu",
            "vanishing_init": "he",
            "vanishing_depth": "20",
            "vanishing_optimiser": "sgd",
            "vanishing_rate": "0.3",
        },
        {"vanishing_tab": "training", "vanishing_b_activation": "sigmoid", "vanishing_depth": "3"},
        {
            "vanishing_tab": "training",
            "vanishing_optimiser": "sgd",
            "vanishing_rate": "0.0001",
            "vanishing_steps": "50",
        },
        {"vanishing_width": "4", "vanishing_depth": "10", "vanishing_seed": "38"},
        {
            "vanishing_activation": "gelu",
            "vanishing_init": "free",
            "vanishing_sigma_w": "1e+07",
            "vanishing_depth": "20",
            "vanishing_width": "1",
            "vanishing_dtype": "float32",
            "vanishing_seed": "3",
        },
    ],
}

# The settings with the shortest trainings, as links, for tests that vary the other controls.
CHEAPEST: dict[str, dict[str, str]] = {
    "batch_size_minima": {"batch_seeds": "3", "batch_updates": "100"},
    "cls_vs_average_pooling": {"cls_seeds": "1", "cls_size": "9"},
}

# Tables to upload in a state, given as a link.
UPLOADS: dict[str, tuple[dict[str, str], list[bytes]]] = {
    "bagging_vs_boosting": (
        {"bagging_dataset": "own"},
        [
            "\n".join(
                ["x,y,kind", *(f"{0.37 * k:.2f},{0.11 * k * k:.2f},{kinds[k % len(kinds)]}" for k in range(40))]
            ).encode()
            for kinds in ("ab", "abc", [str(0.5 + k) for k in range(30)])
        ],
    ),
}
