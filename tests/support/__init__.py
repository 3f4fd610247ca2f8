"""What tests share: histories, the job as a process, servers, scripted endpoints."""
