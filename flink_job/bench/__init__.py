"""`ringwatch bench`: how fast the real job is on this machine, and what else does the same work.

Each part measures one thing and returns frozen figures; `report` makes a table of them, `plots` pictures,
`targets` a verdict."""
