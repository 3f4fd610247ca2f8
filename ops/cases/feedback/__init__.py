"""What people say of the summaries: ratings, corrections, and what is learned of them."""
