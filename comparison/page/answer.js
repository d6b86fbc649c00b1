// The answer for a load of the reader's own. Prices and sizes come from the page; the arithmetic is that of
// comparison/cost/capacity.py, and a test compares both in a browser.
"use strict";
(() => {
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
    const units = Math.max((rate * 0.1) / 25, (rate * 3600 * (load.request_bytes + load.response_bytes)) / 1e9);
    return {
      months: 1,
      hours: data.hours,
      copy_hours: many * busy + few * quiet,
      machine_hours: machines(at, many) * busy + machines(at, few) * quiet,
      active_copy_hours: Math.min(many, rate * 60) * busy,
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

  function whyNot(at, load) {
    const count = copies(at, load);
    if (load.memory_mib > at.memory) return `a copy has ${plain(at.memory)} MiB, the load needs ${plain(load.memory_mib)}`;
    if (at.throttle !== null && load.requests_per_second > at.throttle)
      return `its HTTP API lets ${whole(at.throttle)} requests a second through`;
    return count > at.max ? `it takes ${count} ${at.counted}, the template allows ${at.max}` : "";
  }

  function month(target, load) {
    const used = usage(target.capacity, load);
    return Object.entries(target.usd).reduce((sum, [driver, usd]) => sum + usd * used[driver], 0);
  }

  // The same forms as comparison/wording.py.
  const whole = (value) => Math.round(value).toLocaleString("en-US");
  const plain = (value) => String(Number(value.toPrecision(6)));
  const rated = (value) => (value >= 100 ? whole(value) : plain(Number(value.toPrecision(3))));
  const singular = (plural) => (plural.endsWith("ies") ? plural.replace(/ies$/, "y") : plural.replace(/s$/, ""));
  const counted = (count, plural) => `${count} ${count === 1 ? singular(plural) : plural}`;
  const dollars = (usd) => `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

  function estimates(load) {
    return data.targets
      .map((target) => {
        const why = whyNot(target.capacity, load);
        const idle = month(target, { ...load, requests_per_second: 0 });
        const count = copies(target.capacity, load);
        return { target, why, idle, count, usd: why ? null : month(target, load) };
      })
      .sort((a, b) => (a.usd === null) - (b.usd === null) || a.usd - b.usd || (a.target.id < b.target.id ? -1 : 1));
  }

  function answer(load) {
    const able = estimates(load).filter((one) => one.usd !== null && !one.target.closed);
    if (!able.length) return { target: "", sentence: "No template here carries that load.", assumes: "" };
    const [best, ...rest] = able;
    const others = rest.slice(0, 2).map((one) => `${one.target.id} with ${dollars(one.usd)}`);
    const next = others.length ? `; next ${others.length === 1 ? "is" : "are"} ${others.join(" and ")}` : "";
    return { target: best.target.id, sentence: `${dollars(best.usd)} a month${next}.`, assumes: assumes(load) };
  }

  function assumes(load) {
    const always = load.always_on === null ? "copies as the templates say" : `${plain(load.always_on)} always on`;
    return (
      `${rated(load.requests_per_second)} requests/s for ${plain(load.hours_a_day)} hours a day, each ` +
      `${plain(load.cpu_seconds * 1000)} ms of a vCPU; ${plain(load.memory_mib)} MiB and ${always}; ${data.region}, ` +
      "on demand, no free tier, no tax; shared network, table and secret counted in full"
    );
  }

  function show(load) {
    const said = answer(load);
    const card = document.getElementById("cheapest");
    card.querySelector(".winner").textContent = said.target || "none";
    card.querySelector(".sentence").textContent = said.sentence;
    card.querySelector(".assumes").textContent = said.assumes;
    const body = document.querySelector("#months tbody");
    const found = estimates(load);
    const dearest = Math.max(1e-9, ...found.map((one) => one.usd ?? 0));
    for (const one of found) {
      const row = body.querySelector(`[data-target="${one.target.id}"]`);
      const [usd, , idle, how] = row.querySelectorAll("td");
      usd.textContent = one.usd === null ? "–" : dollars(one.usd);
      idle.textContent = dollars(one.idle);
      how.textContent = one.why ? `cannot: ${one.why}` : counted(one.count, one.target.capacity.counted);
      row.querySelector(".bar").style.setProperty("--w", `${((100 * (one.usd ?? 0)) / dearest).toFixed(2)}%`);
      body.append(row);
    }
  }

  const form = document.getElementById("load");
  const sliders = {
    rate: { read: (at) => 10 ** at, place: (value) => Math.log10(value), say: rated, field: "requests_per_second" },
    hours: { read: (at) => at, place: (value) => value, say: plain, field: "hours_a_day" },
    cpu: { read: (at) => 10 ** at, place: (value) => Math.log10(value), say: (value) => `${rated(value * 1000)} ms`, field: "cpu_seconds" },
    memory: { read: (at) => at, place: (value) => value, say: (value) => `${plain(value)} MiB`, field: "memory_mib" },
    always: { read: (at) => at, place: (value) => value ?? 2, say: plain, field: "always_on" },
  };
  let load = { ...data.load };

  function place() {
    for (const [id, slider] of Object.entries(sliders)) {
      const input = document.getElementById(id);
      const value = load[slider.field];
      input.value = slider.place(value);
      const said = value === null ? "the template's" : slider.say(value);
      form.querySelector(`output[for="${id}"]`).textContent = said;
      input.setAttribute("aria-valuetext", said);
    }
  }

  form.addEventListener("input", (event) => {
    const slider = sliders[event.target.id];
    load = { ...load, [slider.field]: Number(slider.read(Number(event.target.value)).toPrecision(3)) };
    place();
    show(load);
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    load = { ...data.load };
    place();
    show(load);
  });
  place();
  form.hidden = false;
  window.comparison = { answer, estimates, load: data.load };
})();
