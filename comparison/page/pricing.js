// What a month of a load costs on each target. Prices, sizes and constants come from the page; the arithmetic is that
// of comparison/cost/capacity.py, and a test compares both in a browser.
"use strict";
const pricing = (() => {
  const data = JSON.parse(document.getElementById("coefficients").textContent);
  const EPSILON = 1e-9;

  const busyHours = (load) => (data.hours * load.hours_a_day) / 24;
  const duration = (at, load) => load.cpu_seconds / Math.min(1, at.vcpus) + load.wait_seconds;
  const fewest = (at, load) =>
    at.counted === "environments" || load.always_on === null ? at.min : Math.ceil(load.always_on);

  function copies(at, load) {
    const needed = [(load.requests_per_second * load.cpu_seconds) / ((at.vcpus * at.target) / 100)];
    if (at.concurrency) needed.push((load.requests_per_second * duration(at, load)) / at.concurrency);
    return Math.max(fewest(at, load), Math.ceil(Math.max(...needed) - EPSILON));
  }

  // Counted beforehand, for every number of copies that the template allows.
  const machines = (at, count) => (at.machines ? at.machines[Math.min(count, at.max)] : 0);

  function usage(at, load) {
    const busy = busyHours(load);
    const quiet = data.hours - busy;
    const few = fewest(at, load);
    const many = copies(at, load);
    const rate = load.requests_per_second;
    const requests = rate * 3600 * busy;
    const units = Math.max(
      (rate * data.new_connections) / data.connections_a_unit,
      (rate * 3600 * (load.request_bytes + load.response_bytes)) / data.bytes_a_unit,
    );
    return {
      months: 1,
      hours: data.hours,
      copy_hours: many * busy + few * quiet,
      machine_hours: machines(at, many) * busy + machines(at, few) * quiet,
      active_copy_hours: Math.min(many, rate * data.shortest_activity_s) * busy,
      standing_copy_hours: few * data.hours,
      started_copy_hours: (many - few) * busy,
      million_requests: requests / 1e6,
      function_seconds: requests * duration(at, load),
      lcu_hours: units * busy,
      log_gb: (requests * load.log_bytes) / 1e9,
      span_gb: (requests * load.span_bytes) / 1e9,
      million_reads: (requests * load.table_reads) / 1e6,
      million_writes: (requests * load.table_writes) / 1e6,
      table_gb: load.table_gb,
    };
  }

  function month(target, load) {
    const used = usage(target.capacity, load);
    return Object.entries(target.usd).reduce((sum, [driver, usd]) => sum + usd * used[driver], 0);
  }

  // The same forms as comparison/wording.py.
  const whole = (value) => Math.round(value).toLocaleString("en-US");
  const plain = (value) => String(Number(value.toPrecision(6)));
  const rated = (value) => (value >= 100 ? whole(value) : plain(Number(value.toPrecision(3))));
  const dollars = (usd) => `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const singular = (plural) => (plural.endsWith("ies") ? plural.replace(/ies$/, "y") : plural.replace(/s$/, ""));
  const counted = (count, plural) => `${count.toLocaleString("en-US")} ${count === 1 ? singular(plural) : plural}`;

  function whyNot(at, load) {
    const count = copies(at, load);
    if (load.memory_mib > at.memory) return `a copy has ${plain(at.memory)} MiB, the load needs ${plain(load.memory_mib)}`;
    if (at.throttle !== null && load.requests_per_second > at.throttle)
      return `its HTTP API lets ${whole(at.throttle)} requests a second through`;
    return count > at.max ? `it takes ${whole(count)} ${at.counted}, the template allows ${whole(at.max)}` : "";
  }

  // Whether nothing but the most copies keeps the template from carrying the load.
  const could = (at, load) =>
    load.memory_mib <= at.memory && (at.throttle === null || load.requests_per_second <= at.throttle);

  function estimates(load, size) {
    return data.sizes[size].targets
      .map((target) => {
        const why = whyNot(target.capacity, load);
        const idle = month(target, { ...load, requests_per_second: 0 });
        const count = copies(target.capacity, load);
        return { target, why, idle, count, usd: why ? null : month(target, load) };
      })
      .sort((a, b) => (a.usd === null) - (b.usd === null) || a.usd - b.usd || (a.target.id < b.target.id ? -1 : 1));
  }

  return { data, estimates, could, whole, plain, rated, dollars, counted };
})();
