"""What is remembered of each entity: records, their migration, ring labels, and the trail that carries them
along.
"""
