"""The picture of a ring: an incident's accounts and what they share, as SVG, as PNG and in words.
Pure: documents in, text out.
"""
