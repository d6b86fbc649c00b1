"""Falcon with Mangum."""

from mangum import Mangum

from benchmarks.service.candidates import falcon

handler = Mangum(falcon(), lifespan="off")
