# The app with nginx, and the workers of compose.yaml. docs/hosting.md has more.
FROM python:3.12-slim AS install
WORKDIR /app
COPY pyproject.toml requirements.txt README.md ./
# requirements.txt leads to the build of torch without CUDA.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir -r requirements.txt \
    && /venv/bin/pip install --no-cache-dir '.[cluster]'

FROM python:3.12-slim
# The newest versions are wanted: they are Debian's security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends nginx fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 explainers
COPY --from=install /venv /venv
# Workers import `core` from /app.
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=1
WORKDIR /app
COPY . .
RUN python -m compileall -q .
# A number, so that Kubernetes can see that it is not root.
USER 1000
EXPOSE 8501
HEALTHCHECK --start-period=60s --timeout=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=5)"]
CMD ["python", "-m", "serve"]
