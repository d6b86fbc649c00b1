"""Load with faults: a stream of orders from good clients while parts of the app fail, and an account of every order."""
