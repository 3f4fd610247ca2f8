"""The desk: the whole product on one machine in one command, and what is left of it at its end: nothing."""
