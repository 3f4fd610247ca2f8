"""What is decided: the policy over a score and rules, reasons in words, the decision and the alert."""
