"""Amazon Fraud Detector's wire format: signatures, targets, variables as event fields. No HTTP."""
