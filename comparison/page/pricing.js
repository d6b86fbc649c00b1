// Prices a month of a load on each target. Prices, sizes and constants come from the page; the arithmetic is that of
// pricing/capacity.py, and a test compares both in a browser.
"use strict";
const pricing = (() => {
  const data = JSON.parse(document.getElementById("coefficients").textContent);
  const EPSILON = 1e-9;

  const busyHours = (load) => (data.hours * load.hours_a_day) / 24;
  const requestDuration = (at, load) => load.cpu_seconds / Math.min(1, at.vcpus) + load.wait_seconds;
  const idleReplicas = (at, load) =>
    at.replica_type === "execution environments" || load.always_on === null ? at.min_replicas : Math.ceil(load.always_on);

  function requiredReplicas(at, load) {
    const needed = [(load.requests_per_second * load.cpu_seconds) / ((at.vcpus * at.target_cpu_percent) / 100)];
    if (at.max_concurrency) needed.push((load.requests_per_second * requestDuration(at, load)) / at.max_concurrency);
    return Math.max(idleReplicas(at, load), Math.ceil(Math.max(...needed) - EPSILON));
  }

  // Precomputed for every number of replicas that the template allows.
  const instances = (at, count) => (at.instances ? at.instances[Math.min(count, at.max_replicas)] : 0);

  const httpApiIncrements = (load) =>
    Math.max(1, Math.ceil(Math.max(load.request_bytes, load.response_bytes) / data.http_api_increment_bytes));

  function usage(at, load) {
    const busy = busyHours(load);
    const quiet = data.hours - busy;
    const idle = idleReplicas(at, load);
    const required = requiredReplicas(at, load);
    const perSecond = load.requests_per_second;
    const requests = perSecond * 3600 * busy;
    const units = Math.max(
      (perSecond * data.new_connections_per_request) / data.new_connections_per_lcu,
      (perSecond * 3600 * (load.request_bytes + load.response_bytes)) / data.bytes_per_lcu_hour,
    );
    const functionSeconds = requests * requestDuration(at, load);
    const provisionedSeconds = Math.min(functionSeconds, at.provisioned_concurrency * busy * 3600);
    return {
      months: 1,
      hours: data.hours,
      replica_hours: required * busy + idle * quiet,
      instance_hours: instances(at, required) * busy + instances(at, idle) * quiet,
      active_replica_hours: Math.min(required, perSecond * data.min_active_seconds) * busy,
      provisioned_replica_hours: idle * data.hours,
      scaled_out_replica_hours: (required - idle) * busy,
      million_requests: requests / 1e6,
      million_http_api_requests: (requests / 1e6) * httpApiIncrements(load),
      function_seconds: functionSeconds - provisionedSeconds,
      provisioned_function_seconds: provisionedSeconds,
      lcu_hours: units * busy,
      log_gb: (requests * load.log_bytes) / 1e9,
      span_gb: (requests * load.span_bytes) / 1e9,
      million_reads: (requests * load.table_reads) / 1e6,
      million_writes: (requests * load.table_writes) / 1e6,
      million_write_units: (requests * load.table_writes * load.write_units) / 1e6,
      table_gb: load.table_gb,
    };
  }

  function month(target, load) {
    const used = usage(target.capacity, load);
    const total = (amounts) => Object.entries(amounts).reduce((sum, [metric, amount]) => sum + amount * used[metric], 0);
    const free = (one) => one.usd * Math.min(one.units, total(one.quantities));
    return target.allowances.reduce((sum, one) => sum - free(one), total(target.usd));
  }

  // The same formats as comparison/formatting.py.
  const whole = (value) => Math.round(value).toLocaleString("en-US");
  const plain = (value) => String(Number(value.toPrecision(6)));
  const rate = (value) => (value >= 100 ? whole(value) : plain(Number(value.toPrecision(3))));
  const dollars = (usd) => `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const counted = (count, plural) => `${count.toLocaleString("en-US")} ${count === 1 ? plural.replace(/s$/, "") : plural}`;

  // Why the template does not support the load, apart from its maximum number of replicas.
  function exceededLimit(at, load) {
    if (load.memory_mib > at.memory_mib) return `needs ${plain(load.memory_mib)} MiB per replica, the template allocates ${plain(at.memory_mib)}`;
    if (at.throttling_rate_limit !== null && load.requests_per_second > at.throttling_rate_limit)
      return `its HTTP API is throttled at ${whole(at.throttling_rate_limit)} requests/s`;
    for (const one of at.request_limits) {
      if (one.request_bytes !== null && load.request_bytes > one.request_bytes) return `${one.name} accepts requests up to ${whole(one.request_bytes)} bytes`;
      if (one.response_bytes !== null && load.response_bytes > one.response_bytes) return `${one.name} accepts responses up to ${whole(one.response_bytes)} bytes`;
      if (one.seconds !== null && requestDuration(at, load) > one.seconds) return `${one.name} ends a request after ${plain(one.seconds)} seconds`;
    }
    return "";
  }

  function unsupportedReason(at, load) {
    const count = requiredReplicas(at, load);
    const reason = exceededLimit(at, load);
    if (reason) return reason;
    return count > at.max_replicas ? `needs ${whole(count)} ${at.replica_type}, the template allows ${whole(at.max_replicas)}` : "";
  }

  const withinLimits = (at, load) => exceededLimit(at, load) === "";

  function estimates(load, size) {
    // The ingress is that of the templates unless the reader chose another one.
    return data.sizes[size].targets[load.ingress ?? 0]
      .map((target) => {
        const reason = unsupportedReason(target.capacity, load);
        const idle = month(target, { ...load, requests_per_second: 0 });
        const replicas = requiredReplicas(target.capacity, load);
        return { target, reason, idle, replicas, usd: reason ? null : month(target, load) };
      })
      .sort((a, b) => (a.usd === null) - (b.usd === null) || a.usd - b.usd || (a.target.id < b.target.id ? -1 : 1));
  }

  return { data, estimates, withinLimits, whole, plain, rate, dollars, counted };
})();
