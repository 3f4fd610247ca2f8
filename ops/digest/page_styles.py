"""The styles of a digest's page. Mail programs keep those of an element; few keep more than `DARK`."""

from __future__ import annotations

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
BODY = f"margin:0;padding:0;background:#eef0f3;color:#1b2430;{_FONT}"
CARD = f"max-width:600px;background:#ffffff;{_FONT}"
HEAD = "font-size:22px;line-height:28px;margin:20px 6px 8px;color:#1b2430"
TEXT = "font-size:15px;line-height:22px;margin:0 6px 12px;color:#1b2430;word-wrap:break-word;overflow-wrap:anywhere"
TILE = "background:#f3f5f8;border-radius:8px;padding:10px 12px;word-wrap:break-word;overflow-wrap:anywhere"
LABEL = "font-size:13px;line-height:18px;color:#566070"
VALUE = "font-size:18px;line-height:24px;font-weight:bold"
NOTE = "font-size:13px;line-height:18px;color:#566070"
RULE = "font-size:16px;line-height:22px;margin:22px 6px 6px;color:#1b2430"
CELL = (
    "font-size:14px;line-height:20px;padding:6px;border-bottom:1px solid #e2e6eb;color:#1b2430;word-wrap:break-word;overflow-wrap:anywhere"
)
LINK = "color:#1f5fa8;font-size:14px;line-height:20px"
BAR = "display:inline-block;height:10px;background:#2f6db5"
FOOT = "font-size:12px;line-height:18px;color:#566070;margin:20px 6px"
DARK = (
    ":root{color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){"
    ".b{background:#0d1117!important}.c{background:#161b22!important}.k{background:#1f2630!important}"
    ".t{color:#e6edf3!important}.n{color:#a3adb9!important}.l{color:#7db7f5!important}.r{border-color:#2d3540!important}"
    ".g{background:#5b9be6!important}}"
)
