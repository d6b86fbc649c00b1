"""What each target costs a month, priced from its template: `python -m comparison cost --help`."""
