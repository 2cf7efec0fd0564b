"use strict";
// The page of the phase diagram: what diagram.js draws, the jobs of a point, and a table.
(() => {
  const { element, swatch, read, words } = common;
  const at = (id) => document.getElementById(id);
  const plot = at("plot");
  const REFRESH = 15000, MOST_LINES = 60, MOST_LISTED = 24;
  let data = null, held = false;

  const nameOf = (job) => data.names.label.names[data.names.label.codes[job]];
  const secondOf = (job) => data.names.label.names[data.second[job]];
  const labelOf = (job) => (nameOf(job) ? words(nameOf(job).name) + (secondOf(job) ? ` + ${words(secondOf(job).name)}` : "") : data.states[data.state[job]]);
  const valueOf = (axis, job) => axis.ticks.find((tick) => tick.value === axis.values[job])?.text ?? "–";

  function facts(job) {
    const known = data.axes.filter((axis) => axis.values[job] !== null).flatMap((axis) => [diagram.written(element("dt", {}), axis.html), element("dd", {}, valueOf(axis, job))]);
    for (const { text, names, codes } of Object.values(data.names)) {
      if (codes[job] >= 0 && text !== "label") known.push(element("dt", {}, text), element("dd", {}, words(names[codes[job]].name)));
    }
    for (const { text, values } of data.words) {
      if (values[job]) known.push(element("dt", {}, text), element("dd", {}, values[job]));
    }
    return known;
  }

  function measured(job) {
    return data.scales.filter(({ values }) => values[job] !== null).flatMap(({ text, values }) => [element("dt", {}, text),
      element("dd", {}, String(Number(values[job].toPrecision(4))).replace("-", "−"))]);
  }

  // The point opened: every replica and method of it, each a link to its page.
  function pin(point) {
    const { text, colour, agree } = diagram.heading(data, point);
    const first = point.jobs[0];
    const pictured = point.jobs.find((job) => data.names[point.column].codes[job] === point.code && ["done", "unlabelled"].includes(data.states[data.state[job]]));
    const list = point.jobs.slice(0, MOST_LISTED).map((job) => element("li", {},
      nameOf(job) ? swatch(nameOf(job).colour) : element("span", { className: `dot state-${data.states[data.state[job]]}` }),
      element("a", { href: `/jobs/${data.ids[job]}` }, labelOf(job)),
      element("span", { className: "quiet" }, ` ${words(data.methods[data.method[job]])}, replica ${data.replica[job]} `),
      ...(data.sources?.[job] ? [element("code", {}, data.sources[job]), " "] : []),
      element("code", {}, data.ids[job].slice(0, 8))));
    if (point.jobs.length > MOST_LISTED) list.push(element("li", { className: "quiet" }, `and ${point.jobs.length - MOST_LISTED} more`));
    at("pinned").replaceChildren(
      element("h2", {}, colour ? swatch(colour) : null, text, agree ? element("span", { className: "quiet" }, ` ${agree}`) : null),
      ...(pictured === undefined ? [] : [element("a", { href: `/jobs/${data.ids[pictured]}` }, element("img", { src: `/jobs/${data.ids[pictured]}/picture.png?size=320`, alt: "", width: 240, height: 240 }))]),
      element("dl", {}, ...facts(first), ...(point.jobs.length === 1 ? measured(first) : [])),
      element("ul", { className: "replicas" }, ...list),
      ...(point.jobs.length === 1 ? [element("button", { type: "button", "data-compare": data.ids[first] }, "add to comparison")]
        : [element("a", { className: "button", href: "/compare?" + point.jobs.slice(0, 6).map((job) => `job=${data.ids[job]}`).join("&") }, "compare them")]));
    common.keepCompared(common.compared());
  }

  function table() {
    const jobs = made.shownJobs();
    const body = jobs.slice(0, MOST_LINES).map((job) => element("tr", {},
      element("th", { scope: "row" }, element("a", { href: `/jobs/${data.ids[job]}` }, element("code", {}, data.ids[job].slice(0, 8)))),
      element("td", {}, labelOf(job)),
      element("td", {}, words(data.methods[data.method[job]])),
      ...data.axes.map((axis) => element("td", { className: "number" }, valueOf(axis, job)))));
    const axes = data.axes.map((axis) => diagram.written(element("th", { scope: "col", className: "number" }), axis.html));
    document.querySelector("#as-table thead").replaceChildren(element("tr", {},
      ...["job", "label or state", "method"].map((text) => element("th", { scope: "col" }, text)), ...axes));
    document.querySelector("#as-table tbody").replaceChildren(...body);
    at("table-note").textContent = jobs.length > MOST_LINES ? `The first ${MOST_LINES} of ${jobs.length}; the page Jobs has all.` : "";
  }

  const made = diagram.start({ plot, look: plots.colours, axisLook: plots.axis, baseLook: plots.base, config: plots.CONFIG,
    hover: (point) => { if (point && !held) pin(point); },
    click: (point) => { held = true; pin(point); if (innerWidth < 860) at("pinned").scrollIntoView({ behavior: "smooth", block: "nearest" }); } });
  plot.addEventListener("drawn", () => { held = false; if (at("as-table").open) table(); });

  async function update(first) {
    if (first || !document.hidden) {
      const fresh = await read("/api/diagram").catch(() => null);
      if (fresh && (!data || fresh.version !== data.version)) {
        data = fresh;
        at("former").textContent = data.former ? `${data.former} jobs that the campaign file no longer has are not shown.` : "";
        made.show(data);
      }
    }
    setTimeout(update, REFRESH);
  }

  at("as-table").addEventListener("toggle", () => { if (data && at("as-table").open) table(); });
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => Plotly.downloadImage(made.figure(true), { format: button.dataset.save,
      filename: "phase_diagram", width: 1100, height: 720, scale: button.dataset.save === "png" ? 3 : 1 }));
  }
  common.onTheme(() => { if (data) made.draw(); });
  update(true);
})();
