"""What is remembered of each entity: records, their rules and migration, ring labels, and the trail."""
