"""The tables of docs/quality.md, each measured by one module: `make quality DATA=folder` runs them all. Not
part of the tests.

The data sets are third-party and not in this project; docs/quality.md says where they come from."""
