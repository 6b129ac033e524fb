"""The computations behind the explainers. Knows nothing of Streamlit, Altair or pandas."""
