"""The keys of a mapping file, read strictly."""
