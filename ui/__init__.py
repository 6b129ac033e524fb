"""What every page shares. Knows Streamlit; knows no topic."""
