"""What a local AWS is on this machine: started, found again, stopped, and nothing left of it."""
