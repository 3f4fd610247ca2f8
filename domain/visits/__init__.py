"""What one stage does with one event: how its record begins, what labels do, what is shown and learnt.

`domain/step.py` takes the event from stage to stage.
"""
