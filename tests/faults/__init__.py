"""What breaks while the job runs, outside `make test`: `python -m tests.faults`."""
