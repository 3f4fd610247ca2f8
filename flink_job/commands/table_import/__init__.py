"""What `ringwatch import` shows of a table before, and of an import after."""
