"""An evaluation as one self-contained HTML page, and its plots.

Needs the extra `report` (matplotlib, Jinja2), imported only here.
"""
