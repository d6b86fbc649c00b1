"""The command line: `python -m supply_chain`."""

from supply_chain.cli import main

if __name__ == "__main__":
    main(prog_name="python -m supply_chain")
