"use strict";
// Curves of several jobs over one another; the choice is kept in this browser.
(() => {
  const { read } = common;
  const at = (id) => document.getElementById(id);
  at("clear").addEventListener("click", () => { common.keepCompared([]); location.assign("/compare"); });
  const heads = [...document.querySelectorAll("#compared th[data-job]")];
  if (!heads.length) return;
  common.keepCompared(heads.map((head) => head.dataset.job));
  heads.forEach((head, k) => { head.querySelector(".badge").style.background = plots.curve(k); });
  const kept = {};

  function draw(id, traces, x, y) {
    kept[id] = [traces, x, y];
    Plotly.react(at(id), traces, { ...plots.base(), showlegend: true, legend: { x: 1, xanchor: "right", y: 1 },
      xaxis: plots.axis(x), yaxis: plots.axis(y) }, plots.CONFIG);
  }
  const curve = (k, x, y) => ({ type: "scatter", mode: "lines", name: String(k + 1), x, y,
    line: { color: plots.curve(k), dash: plots.DASHES[k], width: 1.6 }, hovertemplate: "%{y:.4g}<extra></extra>" });

  async function all() {
    const seen = heads.map((head, k) => [head.dataset.job, k, head.dataset.seen]).filter(([, , done]) => done);
    const got = await Promise.all(seen.map(async ([id, k]) => [k, await read(`/jobs/${id}/rdf.json`)]));
    draw("rdf", got.filter(([, one]) => one).map(([k, one]) => curve(k, one.r, one.g)), "<i>r</i>", "<i>g</i>(<i>r</i>)");
    // searches have no thermodynamics: they are asked for only where a run was
    const runs = seen.filter(([, k]) => heads[k].dataset.thermo);
    const thermo = await Promise.all(runs.map(async ([id, k]) => [k, await read(`/jobs/${id}/thermo.json`)]));
    draw("energy", thermo.filter(([, one]) => one).map(([k, one]) => curve(k, one.step, one.series[0].values)), "step", "energy per particle");
  }
  common.onTheme(() => { for (const [id, [traces, x, y]] of Object.entries(kept)) draw(id, traces, x, y); });
  all();
})();
