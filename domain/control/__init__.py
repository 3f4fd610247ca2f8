"""Control records: rules, lists, switches and models that change while the job runs, from a line to what is
in force at an event.
"""
