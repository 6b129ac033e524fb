"""Colours as deuteranopes see them, and how far apart two colours are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Machado, Oliveira & Fernandes (2009), deuteranomaly of severity 1.0. https://doi.org/10.1109/TVCG.2009.113
DEUTERANOPIA = np.array([
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
])  # fmt: skip
SRGB_TO_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
WHITE = SRGB_TO_XYZ.sum(axis=1)

Array = NDArray[np.float64]


def over(colour: str, background: str) -> Array:
    """Return the sRGB values in 0 … 1 of #RRGGBB or #RRGGBBAA over a background #RRGGBB."""
    red, green, blue, *alpha = bytes.fromhex(colour[1:])
    opacity = alpha[0] / 255 if alpha else 1.0
    behind = np.array(list(bytes.fromhex(background[1:])), float)
    mixed: Array = (opacity * np.array([red, green, blue]) + (1 - opacity) * behind) / 255
    return mixed


def linear(srgb: Array) -> Array:
    """Undo the gamma of sRGB."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab_of_deuteranopes(srgb: Array) -> Array:
    """Return the CIELAB coordinates (D65) of a colour as deuteranopes see it."""
    return lab(np.clip(DEUTERANOPIA @ linear(srgb), 0, 1))


def lab(linear_rgb: Array) -> Array:
    """Return the CIELAB coordinates (D65) of linear RGB values."""
    xyz = SRGB_TO_XYZ @ linear_rgb / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: Array, other: Array) -> float:
    """Return the colour difference of two CIELAB colours, Sharma, Wu & Dalal (2005), https://doi.org/10.1002/col.20070."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    d_lightness, d_chroma = l2 - l1, c2 - c1
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_lightness = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_chroma, s_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    parts = d_lightness / s_lightness, d_chroma / s_chroma, d_hue / s_hue
    return float(np.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2]))
