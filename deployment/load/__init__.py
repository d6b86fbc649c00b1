"""Load with faults: clients place orders while parts of the app fail, and each order is accounted for."""
