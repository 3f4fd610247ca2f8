"""Amazon Fraud Detector's wire format, for its unchanged clients: signatures, operations, variables as event
fields. No web framework.
"""
