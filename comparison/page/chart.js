// The chart of cost against load: that of the reader's size of a copy, with a mark at the reader's load.
"use strict";
const chart = (() => {
  const { data, rated } = pricing;
  const { requests_per_second: usual, ...others } = data.usage;

  // The chart is drawn in powers of ten, and says itself where its plot begins and ends.
  function mark(one, rate) {
    const [left, width, lowest, highest] = ["left", "width", "lowest", "highest"].map((name) => Number(one.dataset[name]));
    const share = Math.log(rate / lowest) / Math.log(highest / lowest);
    const x = left + width * Math.min(1, Math.max(0, share));
    one.setAttribute("transform", `translate(${x.toFixed(2)},0)`);
    const text = one.querySelector("text");
    const words = one.dataset.words.replace("{}", rated(rate));
    text.textContent = `${share < 0 ? "← " : ""}${words}${share > 1 ? " →" : ""}`;
    text.setAttribute("x", share > 0.5 ? -6 : 6);
    text.setAttribute("text-anchor", share > 0.5 ? "end" : "start");
    // The default load has a mark of its own.
    if (rate === usual) one.setAttribute("display", "none");
    else one.removeAttribute("display");
  }

  function show(load, size) {
    for (const one of document.querySelectorAll("#cost [data-copy]")) one.hidden = Number(one.dataset.copy) !== size;
    for (const one of document.querySelectorAll("#cost .yours")) mark(one, load.requests_per_second);
    document.getElementById("drawn-for").hidden = Object.keys(others).every((name) => others[name] === load[name]);
  }

  return { show };
})();
