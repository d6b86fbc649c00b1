// The answer for a load and a size of the reader's own, in the words of comparison/facts/answers.py.
"use strict";
(() => {
  const { data, estimates, withinLimits, whole, plain, rated, dollars, counted } = pricing;

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
      .sort((a, b) => a.count - b.count || (a.target.id < b.target.id ? -1 : 1));
    if (!fewest) return `${sentence}.`;
    const { replica_type: plural, max_replicas: max } = fewest.target.capacity;
    return `${sentence}; ${fewest.target.id} would need ${counted(fewest.count, plural)}, its template allows ${whole(max)}.`;
  }

  function assumptions(load, size) {
    const always = load.always_on === null ? "replicas as the templates say" : `at least ${plain(load.always_on)} replicas`;
    return (
      `${rated(load.requests_per_second)} requests/s for ${counted(load.hours_a_day, "hours")} a day, each ` +
      `${plain(load.cpu_seconds * 1000)} ms of vCPU time and ${plain(load.wait_seconds * 1000)} ms of waiting; ` +
      `${data.sizes[size].name}; ${always}; ${data.region}, on demand, no free tier, no tax; ` +
      "shared network, table and secret count in full; without targets that are closed to new customers"
    );
  }

  function show(load, size) {
    const said = answer(load, size);
    const card = document.getElementById("cheapest");
    card.querySelector(".winner").textContent = said.target || "none";
    card.querySelector(".sentence").textContent = said.sentence;
    card.querySelector(".assumes").textContent = said.assumptions;
    const body = document.querySelector("#months tbody");
    const found = estimates(load, size);
    const dearest = Math.max(1e-9, ...found.map((one) => one.usd ?? 0));
    for (const one of found) {
      const row = body.querySelector(`[data-target="${one.target.id}"]`);
      const [usd, , idle, how] = row.querySelectorAll("td");
      usd.textContent = one.usd === null ? "–" : dollars(one.usd);
      idle.textContent = dollars(one.idle);
      how.textContent = one.why ? `cannot: ${one.why}` : counted(one.count, one.target.capacity.replica_type);
      row.querySelector(".bar").style.setProperty("--w", `${((100 * (one.usd ?? 0)) / dearest).toFixed(2)}%`);
      body.append(row);
    }
  }

  const form = document.getElementById("load");
  // A slider in powers of ten gives three digits.
  const power = (at) => Number((10 ** at).toPrecision(3));
  const same = (value) => value;
  const sliders = {
    rate: { read: power, place: Math.log10, say: rated, field: "requests_per_second" },
    hours: { read: same, place: same, say: plain, field: "hours_a_day" },
    cpu: { read: power, place: Math.log10, say: (value) => `${rated(value * 1000)} ms`, field: "cpu_seconds" },
    size: { read: same, place: same, say: (value) => data.sizes[value].name, field: "size" },
    always: { read: same, place: (value) => value ?? 2, say: plain, field: "always_on" },
  };
  let asked = { ...data.usage, size: 0 };

  function place() {
    for (const [id, slider] of Object.entries(sliders)) {
      const input = document.getElementById(id);
      const value = asked[slider.field];
      input.value = slider.place(value);
      const said = value === null ? "the template's" : slider.say(value);
      form.querySelector(`output[for="${id}"]`).textContent = said;
      input.setAttribute("aria-valuetext", said);
    }
  }

  function change(to) {
    asked = to;
    place();
    const { size, ...load } = asked;
    show(load, size);
    chart.show(load, size);
  }

  form.addEventListener("input", (event) => {
    const slider = sliders[event.target.id];
    change({ ...asked, [slider.field]: slider.read(Number(event.target.value)) });
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    change({ ...data.usage, size: 0 });
  });
  place();
  form.hidden = false;
  window.comparison = { answer, estimates, load: data.usage };
})();
