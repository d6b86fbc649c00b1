"""Limits of time grow with the load of the computer."""

import os

import pytest

from deployment import slowdown
from deployment.environment import Timeouts


@pytest.mark.parametrize(("load", "factor"), [(0.1, 1.0), (2.0, 1.0), (13.0, 6.5)])
def test_the_slowdown_is_the_load_of_each_cpu(monkeypatch, load, factor):
    monkeypatch.setattr(slowdown, "_PROCESSORS", 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 99.0, 99.0))
    assert slowdown.slowdown() == factor


def test_a_system_without_load_averages_has_no_slowdown(monkeypatch):
    monkeypatch.delattr(os, "getloadavg")
    assert slowdown.slowdown() == 1


def test_scaled_timeouts_keep_the_interval_of_polls():
    scaled, plain = Timeouts().scaled(3), Timeouts()
    assert (scaled.orders_stalled_s, scaled.poll_s) == (plain.orders_stalled_s * 3, plain.poll_s)
