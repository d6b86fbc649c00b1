"""Starlette with Mangum."""

from mangum import Mangum

from benchmarks.service.candidates import starlette

handler = Mangum(starlette(), lifespan="off")
