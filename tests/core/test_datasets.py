"""The bundled data against scikit-learn's own scaler, and against what the papers say of them."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.preprocessing import StandardScaler

from core import datasets


def test_diabetes_is_the_table_of_efron_et_al():
    raw = datasets.diabetes(standardised=False)
    assert raw.features.shape == (442, 10)
    assert raw.target.shape == (442,)
    assert 18 <= raw.columns("bmi").min() < raw.columns("bmi").max() < 45
    np.testing.assert_array_equal(raw.columns("bp", "bmi")[:, 1], raw.columns("bmi")[:, 0])
    scaled = datasets.diabetes()
    np.testing.assert_allclose(scaled.features, StandardScaler().fit_transform(raw.features), atol=1e-12)
    np.testing.assert_allclose([scaled.target.mean(), scaled.target.std()], [0, 1], atol=1e-12)
    assert scaled.target_names == ()


def test_breast_cancer_is_standardised_and_named():
    data = datasets.breast_cancer()
    bunch = load_breast_cancer()
    np.testing.assert_allclose(data.features, StandardScaler().fit_transform(bunch.data), atol=1e-10)
    assert data.target_names == ("malignant", "benign")
    assert (np.sum(data.target == 0), np.sum(data.target == 1)) == (212, 357)


def test_wine_is_standardised_and_named():
    data = datasets.wine()
    np.testing.assert_allclose(data.features, StandardScaler().fit_transform(load_wine().data), atol=1e-12)
    assert [int(np.sum(data.target == k)) for k in range(len(data.target_names))] == [59, 71, 48]


@pytest.mark.parametrize("load", [datasets.diabetes, datasets.breast_cancer, datasets.wine])
def test_data_are_kept_and_cannot_be_changed(load):
    data = load()
    assert load() is data
    for array in (data.features, data.target):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_an_unknown_column_is_an_error():
    with pytest.raises(ValueError, match="not in tuple"):
        datasets.diabetes().columns("shoe size")
