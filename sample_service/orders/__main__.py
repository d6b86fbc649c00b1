"""`python -m orders <command>`: serve, lambda, fulfil, worker, report, healthcheck."""

import os
import sys

USAGE = """usage: python -m orders serve | lambda <module.handler> | fulfil | worker | report | healthcheck [path]"""


def main(arguments: list[str]) -> int:
    """Run a command and import only the modules that it needs."""
    match arguments:
        case ["healthcheck"]:
            return main(["healthcheck", "/livez"])
        case ["healthcheck", path]:
            from orders.healthcheck import healthcheck

            host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))  # noqa: S104
            return healthcheck(host, port, path)
    from orders.settings import SettingsError

    try:
        return _run(arguments)
    except SettingsError as error:
        print(f"cannot start: {error}", file=sys.stderr)  # noqa: T201
        return 1


def _run(arguments: list[str]) -> int:
    match arguments:
        case ["serve"]:
            import signal

            # No request is in flight yet. Without a handler, process 1 of a container ignores SIGTERM.
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
            from orders.serve import serve
            from orders.settings import Settings

            serve(Settings.from_environment())
        case ["lambda", handler]:
            from orders.lambda_runtime import run_lambda

            run_lambda(handler)
        case ["fulfil"]:
            from orders.fulfil_task import run_fulfil_task

            return run_fulfil_task()
        case ["worker"]:
            from orders.worker import run_worker

            return run_worker()
        case ["report"]:
            from orders.report import run_report

            return run_report()
        case _:
            print(USAGE, file=sys.stderr)  # noqa: T201
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
