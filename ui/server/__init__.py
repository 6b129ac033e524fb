"""What a server process does once: start-up, workers, caches, turns, and the private parts of Streamlit."""
