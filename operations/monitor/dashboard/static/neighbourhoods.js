"use strict";
// The map of neighbourhoods: points by phase or by an axis, and what stands behind one.
(() => {
  const { element, swatch, read, words } = common;
  const at = (id) => document.getElementById(id);
  const plot = at("plot"), colour = at("colour");
  let data = null, held = false, wanted = 0;

  function traces() {
    const axis = data.axes[Number(colour.value)];
    const marker = { size: 5, opacity: 0.65 };
    if (colour.value !== "" && axis) {
      const bar = { title: { text: plots.escaped(plots.shortened(axis.name)), side: "right" }, thickness: 12 };
      return [{ type: "scatter", mode: "markers", x: data.x, y: data.y, customdata: data.x.map((_, k) => k), hoverinfo: "none", showlegend: false,
        marker: { ...marker, color: data.job.map((job) => axis.values[job]), colorscale: "Viridis", colorbar: bar } }];
    }
    return data.names.map(({ name, colour: own }, code) => {
      const points = [...data.code.keys()].filter((k) => data.code[k] === code);
      return { type: "scatter", mode: "markers", name: plots.escaped(words(name)), hoverinfo: "none", x: points.map((k) => data.x[k]),
        y: points.map((k) => data.y[k]), customdata: points, marker: { ...marker, color: own } };
    });
  }

  function draw() {
    const bare = (title) => ({ ...plots.axis(title), showticklabels: false, ticks: "" });
    Plotly.react(plot, traces(), { ...plots.base(), margin: { ...plots.base().margin, t: 36 }, showlegend: true, legend: { itemsizing: "constant" },
      xaxis: bare("first component"), yaxis: bare("second component") }, plots.CONFIG);
  }

  function pin(k) {
    if (wanted === k) return;
    wanted = k;
    const { name, colour: own } = data.names[data.code[k]];
    const id = data.jobs[data.job[k]];
    const picture = (address, alt) => element("img", { src: address, width: 240, height: 240, alt });
    at("pinned").replaceChildren(
      element("h2", {}, swatch(own), words(name)),
      picture(`/jobs/${id}/neighbourhood.png?particle=${data.particle[k]}`, `neighbourhood of particle ${data.particle[k]}`),
      element("dl", {}, element("dt", {}, "particle"), element("dd", {}, String(data.particle[k])),
        ...data.axes.flatMap((axis) => [element("dt", {}, axis.name), element("dd", {}, String(axis.values[data.job[k]]))])),
      element("a", { href: `/jobs/${id}` }, picture(`/jobs/${id}/picture.png?size=320`, "its job"), element("code", {}, id.slice(0, 8))));
  }

  async function start() {
    data = await read("/api/neighbourhoods").catch(() => null);
    if (!data || !data.jobs.length) {
      at("caption").textContent = data ? "Nothing is labelled yet." : "The map could not be made.";
      return;
    }
    wanted = -1;
    data.axes.forEach((axis, k) => colour.append(element("option", { value: String(k) }, axis.name)));
    draw();
    let rests; // pictures are made where the pointer rests, not all along its way
    plot.on("plotly_hover", ({ points }) => {
      clearTimeout(rests);
      rests = setTimeout(() => { if (!held) pin(points[0].customdata); }, 150);
    });
    plot.on("plotly_click", ({ points }) => { held = true; wanted = -1; pin(points[0].customdata); });
    at("caption").textContent = `${data.x.length} particles of ${data.jobs.length} jobs, alike ones near each other: the leading components of the `
      + `learned descriptor, ${Math.round(100 * data.explained)} % of its variance. It has seen no label of this campaign.`
      + (data.left_out ? ` ${data.left_out} jobs are not on it: more than a map takes, of other dimensions, or without a readable answer.` : "");
  }
  colour.addEventListener("change", draw);
  common.onTheme(() => { if (data?.jobs.length) draw(); });
  start();
})();
