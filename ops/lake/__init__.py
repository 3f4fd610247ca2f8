"""The lake: what the job's streams have held, in Delta tables: archived once, kept compact, asked by SQL."""
