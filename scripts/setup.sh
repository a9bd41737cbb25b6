#!/usr/bin/env bash
# Makes .venv from the hash-pinned lock and fetches the front-end files; does nothing when done.
# Usage: scripts/setup.sh [--browser]   (--browser also installs Chromium, for the tests)
set -euo pipefail
case "${1:-}" in
  --help|-h) sed -n '2,3p' "$0" | cut -c3-; exit 0 ;;
esac
cd "$(dirname "$0")/.."
scripts/system_packages.sh "${1:-}"

python=""
for name in python3 python3.13 python3.12 python3.11; do
  if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$name
    break
  fi
done
[ -n "$python" ] || { echo "Handback needs Python 3.11 or newer." >&2; exit 1; }

# Behind a proxy with its own certificate authority, only the system's store knows it.
install() {
  .venv/bin/uv pip install -q --python .venv/bin/python "$@" 2>/dev/null \
    || .venv/bin/uv pip install -q --system-certs --python .venv/bin/python "$@"
}

wanted=$(cat requirements.lock pyproject.toml scripts/bootstrap.lock | cksum)
if [ "$(cat .venv/.handback-stamp 2>/dev/null || true)" != "$wanted" ]; then
  echo "Setting up Python packages (.venv) …"
  "$python" -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r scripts/bootstrap.lock
  install --compile-bytecode --require-hashes -r requirements.lock
  install --no-deps --no-build-isolation -e .
  echo "$wanted" > .venv/.handback-stamp
fi
.venv/bin/python -m compileall -q src
.venv/bin/python scripts/fetch_assets.py
