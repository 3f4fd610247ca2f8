"""The project's own files: docs, jars, audit, secrets, the fault suite's judgement."""
