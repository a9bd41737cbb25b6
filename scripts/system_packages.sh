#!/usr/bin/env bash
# Installs what Handback needs from the system's own packages; asks for sudo only when something
# is missing. Usage: scripts/system_packages.sh [--browser]   (--browser adds Chromium for tests)
set -euo pipefail
case "${1:-}" in
  --help|-h) sed -n '2,3p' "$0" | cut -c3-; exit 0 ;;
esac
want_browser="${1:-}"

has_postgis() {
  for folder in /usr/share/postgresql/*/extension /usr/pgsql-*/share/extension \
    /opt/homebrew/share/postgresql*/extension /usr/local/share/postgresql*/extension \
    /opt/homebrew/opt/postgresql*/share/postgresql*/extension; do
    [ -e "$folder/postgis.control" ] && return 0
  done
  return 1
}
has_server() {
  command -v initdb >/dev/null 2>&1 && return 0
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
    /usr/local/opt/postgresql*/bin; do
    [ -x "$folder/initdb" ] && return 0
  done
  return 1
}
has_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }

missing=()
why=()
if ! has_server || ! has_postgis; then missing+=(database); why+=("PostgreSQL with PostGIS: the database"); fi
if ! python3 -c 'import ensurepip' >/dev/null 2>&1; then missing+=(venv); why+=("python3-venv: the project's own Python folder"); fi
if [ "$want_browser" = "--browser" ] && ! has_browser; then missing+=(browser); why+=("Chromium: the browser tests"); fi
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Handback needs from the system:"
for line in "${why[@]}"; do echo "  - $line"; done

if command -v apt-get >/dev/null 2>&1; then
  run=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "Please run as root, or install sudo." >&2; exit 1; }
    echo "sudo is asked for, to run apt-get install."
    run=(sudo)
  fi
  "${run[@]}" apt-get update -q
  packages=()
  for part in "${missing[@]}"; do
    case "$part" in
      database)
        version=$(apt-cache --names-only search '^postgresql-[0-9]+-postgis-3$' \
          | sed 's/postgresql-\([0-9]*\)-.*/\1/' | sort -n | tail -1)
        [ -n "$version" ] || { echo "No package postgresql-N-postgis-3 found." >&2; exit 1; }
        packages+=("postgresql-$version" "postgresql-$version-postgis-3") ;;
      venv) packages+=(python3-venv) ;;
      browser) packages+=(chromium fonts-noto-core) ;;
    esac
  done
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"
elif command -v brew >/dev/null 2>&1; then
  for part in "${missing[@]}"; do
    case "$part" in
      database) brew install postgresql@17 postgis ;;
      browser) brew install --cask chromium ;;
      venv) brew install python@3.12 ;;
    esac
  done
else
  echo "Please install them by hand: neither apt-get nor brew is here." >&2
  exit 1
fi
