"""What a summary says in each language: phrases of facts, next steps and the template's sentences."""
