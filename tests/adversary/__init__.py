"""What an adversary who adapts does to the shipped model: `make attacks`, docs/attacks.md."""
