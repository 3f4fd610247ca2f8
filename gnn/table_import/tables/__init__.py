"""Files of tables, whatever their packing, encoding and dialect."""
