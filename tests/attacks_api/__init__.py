"""The API attacked with what its description allows and forbids: `make attacks-api`."""
