"use strict";
// The page of a job: its curves, its pictures, and the configuration in three dimensions.
(() => {
  const { element, swatch } = common;
  const at = (id) => document.getElementById(id);
  const page = at("job");
  const id = page.dataset.id, solid = page.dataset.dimensions === "3";
  const frame = () => Number(at("frame")?.value ?? 0);
  // a moment of the trajectory, or at the right end of the slider the answer
  const moment = () => (at("moment") && at("moment").value !== at("moment").max ? Number(at("moment").value) : -1);
  const which = () => (moment() >= 0 ? `moment=${moment()}` : `frame=${frame()}`);
  const part = (name) => document.querySelector(`[data-part="${name}"]`);

  // What cannot be shown says why; the answer's text is a page, its last paragraph the reason.
  async function get(address) {
    const answer = await fetch(address);
    if (answer.ok) return { content: await answer.json() };
    const text = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { why: text.querySelector("main p")?.textContent ?? "cannot be shown" };
  }
  const say = (holder, why) => holder.replaceChildren(element("p", { className: "quiet" }, why));

  let curves = {};
  async function thermo() {
    const { content, why } = await get(`/jobs/${id}/thermo.json`);
    if (!content) { say(at("thermo"), why); return; }
    curves.thermo = content;
    drawThermo();
  }
  function drawThermo() {
    const { step, series } = curves.thermo;
    const layout = { ...plots.base(), showlegend: false, margin: { l: 70, r: 12, t: 6, b: 44 } };
    const n = series.length;
    const traces = series.map(({ values }, k) => ({ type: "scatter", mode: "lines", x: step, y: values,
      yaxis: k ? `y${k + 1}` : "y", line: { color: plots.curve(k), width: 1.3 }, hovertemplate: "%{y:.5g} at step %{x:.4g}<extra></extra>" }));
    series.forEach(({ name }, k) => {
      const top = 1 - k / n;
      layout[k ? `yaxis${k + 1}` : "yaxis"] = { ...plots.axis(""), domain: [top - 1 / n + 0.025, top], nticks: 4, anchor: "x", mirror: false };
      (layout.annotations ??= []).push({ text: name, showarrow: false, xref: "paper", yref: "paper", x: 0.99, y: top - 0.01,
        xanchor: "right", yanchor: "top", font: { size: 12, color: plots.colours().quiet }, bgcolor: plots.colours().paper });
    });
    layout.xaxis = { ...plots.axis("step"), mirror: false, anchor: n > 1 ? `y${n}` : "y" };
    Plotly.react(at("thermo"), traces, layout, plots.CONFIG);
  }

  async function rdf() {
    if (!at("rdf")) return;
    const { content, why } = await get(`/jobs/${id}/rdf.json?frame=${frame()}`);
    if (!content) { say(at("rdf"), why); return; }
    curves.rdf = content;
    drawRdf();
  }
  function drawRdf() {
    const { r, g, open } = curves.rdf;
    const y = { ...plots.axis(open ? "<i>g</i>(<i>r</i>), highest = 1" : "<i>g</i>(<i>r</i>)"), rangemode: "tozero" };
    Plotly.react(at("rdf"), [{ type: "scatter", mode: "lines", x: r, y: g, line: { color: plots.curve(0), width: 1.6 },
      fill: "tozeroy", fillcolor: "rgba(0,114,178,0.10)", hovertemplate: "g(%{x:.3f}) = %{y:.3f}<extra></extra>" }],
    { ...plots.base(), showlegend: false, xaxis: { ...plots.axis("<i>r</i>"), rangemode: "tozero" }, yaxis: y }, plots.CONFIG);
  }

  // A picture that cannot be made says why in its place.
  async function figure(image, address) {
    const answer = await fetch(address);
    const holder = image.parentElement;
    holder.querySelector("p.why")?.remove();
    image.hidden = !answer.ok;
    if (answer.ok) { image.src = URL.createObjectURL(await answer.blob()); return; }
    const text = new DOMParser().parseFromString(await answer.text(), "text/html");
    holder.append(element("p", { className: "quiet why" }, text.querySelector("main p")?.textContent ?? "cannot be shown"));
  }
  function figures() {
    for (const image of document.querySelectorAll("img[data-src]")) {
      const axis = image.closest("section").querySelector("#axis")?.value;
      figure(image, `${image.dataset.src}?frame=${frame()}` + (axis ? `&axis=${axis}` : ""));
    }
  }

  let viewer = null;
  async function configuration() {
    if (!at("picture")) return;
    if (!solid || at("turn")?.getAttribute("aria-pressed") === "true") {
      at("picture").src = `/jobs/${id}/picture.png?size=640&${which()}`;
    }
    if (!solid) return;
    const { content, why } = await get(`/jobs/${id}/particles.json?${which()}`);
    if (!content) { flat(true); say(at("legend"), why); at("turn").disabled = true; return; }
    viewer ??= particles.viewer(at("canvas"));
    viewer.show(content);
    const counts = content.codes.reduce((all, code) => { all[code] = (all[code] ?? 0) + 1; return all; }, []);
    at("legend").replaceChildren(...content.names.map((name, k) => (counts[k] ? element("li", {}, swatch(content.colours[k]),
      `${name} ${Math.round((100 * counts[k]) / content.n)} %`) : null)).filter(Boolean),
      ...(content.copies > 1 ? [element("li", {}, `cell repeated ${content.copies} times`)] : []));
  }
  function flat(on) {
    at("turn").setAttribute("aria-pressed", String(on));
    at("turn").textContent = on ? "turn in 3D" : "as a picture";
    at("canvas").hidden = on;
    at("picture").hidden = !on;
    if (on) at("picture").src = `/jobs/${id}/picture.png?size=640&${which()}`;
  }

  at("turn")?.addEventListener("click", () => flat(at("turn").getAttribute("aria-pressed") !== "true"));
  at("axis")?.addEventListener("change", figures);
  at("frame")?.addEventListener("input", () => {
    at("frame-text").textContent = `${frame() + 1} of ${page.dataset.frames}`;
  });
  at("frame")?.addEventListener("change", () => { configuration(); rdf(); figures(); });
  at("moment")?.addEventListener("input", () => {
    at("moment-text").textContent = moment() < 0 ? "end" : `${moment() + 1} of ${at("moment").max}`;
  });
  at("moment")?.addEventListener("change", configuration);
  common.onTheme(() => {
    if (curves.thermo) drawThermo();
    if (curves.rdf) drawRdf();
  });
  if (part("thermo")) thermo();
  configuration();
  rdf();
  figures();
  if (page.dataset.running) setInterval(() => { if (!document.hidden) { thermo(); if (!solid) configuration(); } }, 10000);
})();
