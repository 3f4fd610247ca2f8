"""Charts as SVG, each with a table of the same numbers. Pure: frozen series in, text out."""
