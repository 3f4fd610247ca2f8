"""The pages, one module each: what is asked for, the model of the view, its template."""
