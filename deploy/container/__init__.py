"""What the image is built of, and the containers beside it."""
