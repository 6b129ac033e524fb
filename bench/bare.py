"""A bare Streamlit app to compare with: one slider, two charts, Streamlit's default settings."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

st.title("Bare")
frequency = st.slider("frequency", 0, 100, 10)
x = np.linspace(0, 1, 200)
for phase in (0.0, 1.0):
    frame = pd.DataFrame({"x": x, "y": np.sin(frequency * x + phase)})
    st.altair_chart(alt.Chart(frame).mark_line().encode(x="x", y="y"))
