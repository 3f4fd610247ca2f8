"""What an analyst reads: the prompt, the answer's form, the fence that checks it, and the template writer."""
