# The same system as `make demo`, one image for web, worker, simulator and migrations.
# Written with care and not run: no Docker engine was at hand (docs/operations.md).
FROM node:22-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 handback
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY scripts ./scripts
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r scripts/bootstrap.lock \
 && .venv/bin/uv pip install --python .venv/bin/python --no-cache --compile-bytecode --require-hashes -r requirements.lock
COPY src ./src
COPY migrations ./migrations
COPY seeds ./seeds
COPY --from=assets /app/node_modules ./node_modules
COPY package.json package-lock.json ./
RUN .venv/bin/uv pip install --python .venv/bin/python --no-cache --no-deps --no-build-isolation -e . \
 && .venv/bin/python scripts/fetch_assets.py --copy-only \
 && rm -rf node_modules && .venv/bin/python -m compileall -q src
USER handback
ENV PATH=/app/.venv/bin:$PATH HANDBACK_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["handback", "serve"]
