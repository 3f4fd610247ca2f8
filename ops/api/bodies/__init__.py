"""Bodies of requests and answers, a file a subject. They are what `/docs` shows: each has an example."""
