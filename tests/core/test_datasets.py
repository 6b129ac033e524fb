"""The bundled data sets against scikit-learn's scaler and the published descriptions."""

import csv
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler

from core import datasets


def test_diabetes_matches_the_published_table():
    raw = datasets.diabetes(standardised=False)
    assert raw.features.shape == (442, 10)
    assert raw.target.shape == (442,)
    assert 18 <= raw.columns("bmi").min() < raw.columns("bmi").max() < 45
    np.testing.assert_array_equal(raw.columns("bp", "bmi")[:, 1], raw.columns("bmi")[:, 0])
    scaled = datasets.diabetes()
    np.testing.assert_allclose(scaled.features, StandardScaler().fit_transform(raw.features), atol=1e-12)
    np.testing.assert_allclose([scaled.target.mean(), scaled.target.std()], [0, 1], atol=1e-12)
    assert scaled.target_names == ()


def test_breast_cancer_is_standardised_with_class_names():
    data = datasets.breast_cancer()
    bunch = load_breast_cancer()
    np.testing.assert_allclose(data.features, StandardScaler().fit_transform(bunch.data), atol=1e-10)
    assert data.target_names == ("malignant", "benign")
    assert (np.sum(data.target == 0), np.sum(data.target == 1)) == (212, 357)


def test_wine_is_standardised_with_class_names():
    data = datasets.wine()
    np.testing.assert_allclose(data.features, StandardScaler().fit_transform(load_wine().data), atol=1e-12)
    assert [int(np.sum(data.target == k)) for k in range(len(data.target_names))] == [59, 71, 48]


def test_digits_are_scaled_to_the_unit_interval():
    data = datasets.digits()
    bunch = load_digits()
    np.testing.assert_array_equal(data.features, bunch.data / 16)
    np.testing.assert_array_equal(data.target, bunch.target)
    assert (data.feature_names[0], data.feature_names[9]) == ("pixel 0,0", "pixel 1,1")


@pytest.mark.parametrize(
    ("name", "bunch"),
    [
        ("diabetes", load_diabetes(scaled=False)),
        ("breast_cancer", load_breast_cancer()),
        ("wine", load_wine()),
        ("iris", load_iris()),
    ],
)
def test_files_hold_the_values_and_names_that_scikit_learn_loads(name, bunch):
    header, *rows = csv.reader(datasets.example_csv(name).decode().splitlines())
    assert header[:-1] == [str(column) for column in bunch.feature_names]
    np.testing.assert_array_equal(np.array([row[:-1] for row in rows], dtype=float), bunch.data)
    targets = [row[-1] for row in rows]
    if name == "diabetes":
        np.testing.assert_array_equal(np.array(targets, dtype=float), bunch.target)
    else:
        assert targets == [str(bunch.target_names[index]) for index in bunch.target]


def test_reading_a_data_set_does_not_import_scikit_learn():
    code = (
        "import sys; from core import datasets; datasets.digits(), datasets.diabetes(); print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("load", [datasets.diabetes, datasets.breast_cancer, datasets.wine, datasets.digits])
def test_data_are_cached_and_read_only(load):
    data = load()
    assert load() is data
    for array in (data.features, data.target):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_an_unknown_column_is_an_error():
    with pytest.raises(ValueError, match="not in tuple"):
        datasets.diabetes().columns("shoe size")
