"use strict";
// The campaign page: asks for its numbers every few seconds, and changes only what is another.
(() => {
  const { element, swatch, read, words, duration, number } = common;
  const PERIOD = 3000;
  const at = (id) => document.getElementById(id);
  const STATES = [...document.querySelectorAll("#states thead .dot")]
    .map((dot) => dot.className.replace("dot state-", ""));
  let shown = "";

  const short = (id) => id.slice(0, 8);
  const link = (id) => element("a", { href: `/jobs/${id}` }, element("code", {}, short(id)));

  function figure(text, value, detail = "", state = "") {
    const head = element("dt", {}, text);
    if (state) head.prepend(element("span", { className: `dot state-${state}` }));
    return element("div", { className: "figure" }, head, element("dd", {}, value),
      element("p", { className: "quiet" }, detail));
  }

  function clock(time, now) {
    const when = new Date(1000 * time);
    const soon = time - now < 20 * 3600;
    return when.toLocaleString("en-GB", soon ? { hour: "2-digit", minute: "2-digit" }
      : { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }

  function figures(data) {
    const n = Object.fromEntries(data.states.map((state) => [state.name, state.n]));
    const left = Object.entries(data.hours).map(([name, hours]) => `${number(hours)} ${name}-h`);
    const jobsLeft = Object.values(data.jobs_left).reduce((a, b) => a + b, 0);
    const share = data.n_jobs ? Math.floor((100 * n.done) / data.n_jobs) : 0;
    return [
      figure("done", `${n.done.toLocaleString("en")}`, `of ${data.n_jobs.toLocaleString("en")} jobs, ${share} %`, "done"),
      figure("running", `${n.running}`, n.queued ? `${n.queued} queued` : "", "running"),
      figure("failed", `${n.failed}`, n.again ? `${n.again} will be tried again` : "", "failed"),
      figure("throughput", data.per_hour === null ? "–" : number(data.per_hour), data.per_hour === null
        ? "nothing has finished in the last hour" : "jobs per hour"),
      figure("left", left.length ? left.join(", ") : "nothing", left.length ? `in ${jobsLeft.toLocaleString("en")} jobs` : ""),
      figure("projected finish", data.finish === null ? "–" : clock(data.finish, data.time),
        data.finish === null ? (left.length ? "nothing runs" : "")
          : `in ${duration(data.finish - data.time)}, ${number(data.at_once)} at a time`),
    ];
  }

  function bar(counts, total) {
    const made = element("div", { className: "stack", role: "img",
      "aria-label": STATES.filter((s) => counts[s]).map((s) => `${counts[s]} ${s}`).join(", ") });
    for (const state of [...STATES].reverse()) {
      if (!counts[state]) continue;
      const part = element("span", { className: `state-${state}`, title: `${counts[state]} ${state}` });
      part.style.flexGrow = counts[state];
      made.append(part);
    }
    return made;
  }

  function states(data) {
    const row = (name, counts, heading) => {
      const total = Object.values(counts).reduce((a, b) => a + b, 0);
      const cells = STATES.map((state) => {
        const n = counts[state] ?? 0;
        const address = `/jobs?state=${state}` + (heading ? "" : `&method=${encodeURIComponent(name)}`);
        return element("td", { className: "number" }, n ? element("a", { href: address }, n.toLocaleString("en"))
          : element("span", { className: "nothing" }, "0"));
      });
      return element("tr", { className: heading ? "total" : "" }, element("th", { scope: "row" }, words(name)),
        element("td", { className: "bar-column" }, bar(counts, total)), ...cells,
        element("td", { className: "number" }, total.toLocaleString("en")));
    };
    const rows = data.methods.map((method) => row(method.name, method.counts, false));
    if (rows.length > 1) {
      rows.push(row("all", Object.fromEntries(data.states.map((s) => [s.name, s.n])), true));
    }
    return rows;
  }

  function phases(data) {
    const most = Math.max(1, ...data.phases.map((phase) => phase.n));
    if (!data.phases.length) return [element("p", { className: "quiet" }, "Nothing is labelled yet.")];
    return data.phases.slice(0, 14).map((phase) => {
      const fill = element("span", { className: "fill" });
      fill.style.width = `${(100 * phase.n) / most}%`;
      fill.style.background = phase.colour;
      return element("a", { className: "bar", href: `/jobs?q=${encodeURIComponent(phase.name)}` },
        element("span", { className: "name" }, phase.name), element("span", { className: "track" }, fill),
        element("span", { className: "number" }, phase.n.toLocaleString("en")));
    });
  }

  function reasons(data) {
    if (!data.reasons.length) return [element("li", { className: "quiet" }, "Nothing.")];
    return data.reasons.map((reason) => element("li", {},
      element("div", { className: "reason" }, element("span", { className: `dot state-${reason.state}` }),
        element("strong", {}, `${reason.n} ${reason.state} `), element("span", {}, reason.text.slice(0, 400))),
      element("p", { className: "links" }, ...reason.jobs.flatMap((id) => [link(id), " "]),
        reason.n > reason.jobs.length ? "…" : "")));
  }

  function recent(data) {
    if (!data.recent.length) return [element("li", { className: "quiet" }, "Nothing yet.")];
    return data.recent.map((job) => element("li", { className: "tile" },
      element("a", { href: `/jobs/${job.id}`, className: "picture" }, element("img", {
        src: `/jobs/${job.id}/picture.png?size=160`, loading: "lazy", width: 132, height: 132,
        alt: job.label ?? "not labelled" })),
      element("h3", {}, job.label ? swatch(job.colour) : null, job.label ?? "not labelled"),
      element("p", { className: "quiet" }, job.at),
      element("p", { className: "quiet" }, `${words(job.method)}, ${duration(Math.max(data.time - job.finished, 0))} ago`)));
  }

  function running(data) {
    const all = data.states.find((state) => state.name === "running").n;
    if (!data.running.length) return [element("li", { className: "quiet" }, "Nothing.")];
    const lines = data.running.map((job) => element("li", {}, link(job.id), element("span", {}, words(job.method)),
      element("span", { className: "quiet" }, job.at),
      element("span", { className: "number quiet" }, job.started ? `for ${duration(Math.max(data.time - job.started, 0))}` : "")));
    if (all > lines.length) lines.push(element("li", {}, element("a", { href: "/jobs?state=running" }, `all ${all}`)));
    return lines;
  }

  function history(data) {
    const { start, width, counts } = data.history;
    if (!counts.length) return [element("p", { className: "quiet" }, "Nothing yet.")];
    const most = Math.max(1, ...counts);
    const bars = element("div", { className: "columns-chart", role: "img",
      "aria-label": `${counts.reduce((a, b) => a + b, 0)} jobs finished in ${duration(width * counts.length)}` });
    counts.forEach((n, k) => {
      const column = element("span", { title: `${n} jobs, ${new Date(1000 * (start + k * width)).toLocaleString("en-GB")}` });
      column.style.height = `${(100 * n) / most}%`;
      bars.append(column);
    });
    const text = (time) => new Date(1000 * time).toLocaleString("en-GB",
      { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    return [bars, element("div", { className: "ends quiet" }, element("span", {}, text(start)),
      element("span", {}, `at most ${most} in ${duration(width)}`), element("span", {}, text(data.time)))];
  }

  function show(data) {
    const parts = { figures, phases, reasons, recent, running, history };
    for (const [id, make] of Object.entries(parts)) {
      const made = make(data);
      const holder = element("div", {}, ...made);
      if (at(id).dataset.shown !== holder.innerHTML) {
        at(id).dataset.shown = holder.innerHTML;
        at(id).replaceChildren(...holder.childNodes);
      }
    }
    document.querySelector("#states tbody").replaceChildren(...states(data));
    at("rounds").hidden = !data.rounds.length;
    at("rounds").textContent = data.rounds.join(". ");
    at("note").hidden = data.complete;
    at("note").textContent = "Still looking at the job folders: the numbers grow.";
    at("updated").textContent = `As of ${new Date(1000 * data.time).toLocaleTimeString("en-GB")}; updates itself.`;
  }

  async function update() {
    if (!document.hidden) {
      try {
        const data = await read("/api/campaign");
        const text = JSON.stringify(data);
        if (data && text !== shown) { shown = text; show(data); }
      } catch { at("updated").textContent = "The dashboard does not answer; trying again."; }
    }
    setTimeout(update, PERIOD);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) shown = ""; });
  update();
})();
