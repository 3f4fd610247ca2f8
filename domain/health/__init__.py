"""How the model is doing while the job runs: what is written of drift, and alarms judged by labels."""
