"""How alerts become incidents: ring book, incident session, evidence, triage and the review desk."""
