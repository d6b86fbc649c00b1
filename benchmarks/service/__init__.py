"""The service against its alternatives: what a request costs, how soon it answers, what it weighs."""
