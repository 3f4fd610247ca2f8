"""One file per subcommand of `ringwatch`: its arguments, its example, and what it calls.

A command imports what it needs when it runs, so that `ringwatch --help` is quick."""
