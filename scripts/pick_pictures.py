"""Ten of the pictures of `make screenshots`, cropped and as WebP, into docs/pictures.

Chromium draws and compresses them: nothing else has to be installed.
"""

from __future__ import annotations

import base64
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FROM, TO = ROOT / "screenshots", ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
# name → (picture, first row, rows)
PICKED = {
    "home-es-phone": ("es-360/*-home.png", 0, 800),
    "search": ("en-1280/*-search-results.png", 0, 1150),
    "service-es-phone": ("es-360/*-service-walk_in.png", 0, 1150),
    "service-dark": ("en-1280/*-service-walk_in-dark.png", 0, 1100),
    "danger-phone": ("en-360/*-danger-violence.png", 0, 1000),
    "send": ("en-1280/*-send-filled.png", 3560, 1190),
    "referral": ("en-1280/*-referral-both-say.png", 0, 1150),
    "agency-link-phone": ("en-360/*-agency-link.png", 0, 1150),
    "flip-phone": ("en-1280/*-flip-phone.png", 0, 1100),
    "patient-link-phone": ("en-360/*-patient-link.png", 0, 1150),
}
DRAW = """async ([source, top, rows]) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const height = Math.min(rows, picture.height - top);
  const canvas = Object.assign(document.createElement("canvas"), {width: picture.width, height});
  canvas.getContext("2d").drawImage(picture, 0, -top);
  return canvas.toDataURL("image/webp", 0.9);
}"""


def main() -> int:
    """Write them; 1 when one is missing or too big."""
    TO.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    wrong = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        for name, (pattern, top, rows) in PICKED.items():
            found = sorted(FROM.glob(pattern))
            if not found:
                print(f"missing: {pattern} (make screenshots)")
                wrong += 1
                continue
            source = base64.b64encode(found[-1].read_bytes()).decode()
            drawn = page.evaluate(DRAW, [f"data:image/png;base64,{source}", top, rows])
            data = base64.b64decode(drawn.partition(",")[2])
            (TO / f"{name}.webp").write_bytes(data)
            print(f"{name}.webp {len(data) // 1000} kB")
            wrong += len(data) > MOST_BYTES
        browser.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
