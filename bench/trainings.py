"""Links that start a training when they are opened; the seed is added at the end."""

TRAININGS = (
    ("bagging_vs_boosting", "lang=en&bagging_tab=bias&bagging_seed="),
    ("vanishing_gradients", "lang=en&vanishing_tab=training&vanishing_depth=20&vanishing_seed="),
    ("batch_size_minima", "lang=en&batch_tab=training&batch_seed="),
)
