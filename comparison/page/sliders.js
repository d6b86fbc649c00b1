// Prices your load: the answer in the words of comparison/facts/answers.py, the monthly costs, and the chart.
"use strict";
(() => {
  const { data, estimates, withinLimits, whole, plain, rate, dollars, counted } = pricing;

  function answer(load, size) {
    const able = estimates(load, size).filter((one) => one.usd !== null && !one.target.closed);
    if (!able.length) return { target: "", sentence: unsupported(load, size), assumptions: "" };
    const [best, ...rest] = able;
    const others = rest.slice(0, 2).map((one) => `${one.target.id} with ${dollars(one.usd)}`);
    const next = others.length ? `; next ${others.length === 1 ? "is" : "are"} ${others.join(" and ")}` : "";
    return { target: best.target.id, sentence: `${dollars(best.usd)} a month${next}.`, assumptions: assumptions(load, size) };
  }

  function unsupported(load, size) {
    const sentence = "No template supports this load";
    const [fewest] = estimates(load, size)
      .filter((one) => !one.target.closed && withinLimits(one.target.capacity, load))
      .sort((a, b) => a.replicas - b.replicas || (a.target.id < b.target.id ? -1 : 1));
    if (!fewest) return `${sentence}.`;
    const { replica_type: plural, max_replicas: max } = fewest.target.capacity;
    return `${sentence}; ${fewest.target.id} would need ${counted(fewest.replicas, plural)}, its template allows ${whole(max)}.`;
  }

  function assumptions(load, size) {
    const minimum = load.always_on === null ? "replicas as the templates say" : `at least ${plain(load.always_on)} replicas`;
    return (
      `${rate(load.requests_per_second)} requests/s for ${counted(load.hours_a_day, "hours")} a day, each ` +
      `${plain(load.cpu_seconds * 1000)} ms of vCPU time and ${plain(load.wait_seconds * 1000)} ms of waiting; ` +
      `${data.sizes[size].name}; ${minimum}; ${data.ingresses[load.ingress ?? 0]}; ${data.region}, on demand, no free tier, no tax; ` +
      "shared network, table and secret count in full; without targets that are closed to new customers"
    );
  }

  function showCosts(load, size) {
    const found = answer(load, size);
    const card = document.getElementById("cheapest");
    card.querySelector(".headline").textContent = found.target || "none";
    card.querySelector(".sentence").textContent = found.sentence;
    card.querySelector(".assumptions").textContent = found.assumptions;
    const body = document.querySelector("#months tbody");
    const months = estimates(load, size);
    const highest = Math.max(1e-9, ...months.map((one) => one.usd ?? 0));
    for (const one of months) {
      const row = document.getElementById(`months-${one.target.id}`);
      const [usd, , idle, replicas] = row.querySelectorAll("td");
      usd.textContent = one.usd === null ? "–" : dollars(one.usd);
      idle.textContent = dollars(one.idle);
      replicas.textContent = one.reason || counted(one.replicas, one.target.capacity.replica_type);
      row.querySelector(".bar").style.setProperty("--w", `${((100 * (one.usd ?? 0)) / highest).toFixed(2)}%`);
      body.append(row);
    }
  }

  // The chart has logarithmic axes, and attributes with the bounds of its plot.
  function moveMark(mark, requestsPerSecond) {
    const [left, width, lowest, highest] = ["left", "width", "lowest", "highest"].map((name) => Number(mark.dataset[name]));
    const position = Math.log(requestsPerSecond / lowest) / Math.log(highest / lowest);
    const x = left + width * Math.min(1, Math.max(0, position));
    mark.setAttribute("transform", `translate(${x.toFixed(2)},0)`);
    const label = mark.querySelector("text");
    const text = mark.dataset.text.replace("{}", rate(requestsPerSecond));
    label.textContent = `${position < 0 ? "← " : ""}${text}${position > 1 ? " →" : ""}`;
    label.setAttribute("x", position > 0.5 ? -6 : 6);
    label.setAttribute("text-anchor", position > 0.5 ? "end" : "start");
    // The default load has its own mark.
    if (requestsPerSecond === data.usage.requests_per_second) mark.setAttribute("display", "none");
    else mark.removeAttribute("display");
  }

  function showChart(load, size) {
    const { requests_per_second: _, ...others } = data.usage;
    for (const one of document.querySelectorAll("#cost [data-size]")) one.hidden = Number(one.dataset.size) !== size;
    for (const one of document.querySelectorAll("#cost .your-load")) moveMark(one, load.requests_per_second);
    document.getElementById("drawn-for").hidden = !load.ingress && Object.keys(others).every((name) => others[name] === load[name]);
  }

  const form = document.getElementById("load-form");
  // Logarithmic sliders give three digits.
  const power = (position) => Number((10 ** position).toPrecision(3));
  const same = (value) => value;
  const sliders = {
    rate: { read: power, position: Math.log10, text: rate, field: "requests_per_second" },
    hours: { read: same, position: same, text: plain, field: "hours_a_day" },
    cpu: { read: power, position: Math.log10, text: (value) => `${rate(value * 1000)} ms`, field: "cpu_seconds" },
    // Quadratic from 0 ms to 3.6 s: short waits need the finer steps, and none is a common case.
    wait: {
      read: (position) => position ** 2 / 1000,
      position: (value) => Math.sqrt(value * 1000),
      text: (value) => `${plain(value * 1000)} ms`,
      field: "wait_seconds",
    },
    ingress: { read: same, position: same, text: (value) => data.ingresses[value], field: "ingress" },
    size: { read: same, position: same, text: (value) => data.sizes[value].name, field: "size" },
    "always-on": { read: same, position: (value) => value ?? 2, text: plain, field: "always_on" },
  };
  let entered = { ...data.usage, size: 0, ingress: 0 };

  function showSliders() {
    for (const [id, slider] of Object.entries(sliders)) {
      const input = document.getElementById(id);
      const value = entered[slider.field];
      input.value = slider.position(value);
      const text = value === null ? "from the template" : slider.text(value);
      form.querySelector(`output[for="${id}"]`).textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  function change(to) {
    entered = to;
    const { size, ...load } = entered;
    showSliders();
    showCosts(load, size);
    showChart(load, size);
  }

  form.addEventListener("input", (event) => {
    const slider = sliders[event.target.id];
    change({ ...entered, [slider.field]: slider.read(Number(event.target.value)) });
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    change({ ...data.usage, size: 0, ingress: 0 });
  });
  showSliders();
  form.hidden = false;
  window.comparison = { answer, estimates };
})();
