"""Control records: rules, lists, switches, rates and models that change while the job runs.

From a line, by way of a ledger of versions, to what is in force at an event.
"""
