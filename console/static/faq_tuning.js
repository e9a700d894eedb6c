// The search settings: what the two values would bring while they are moved, on the sliders and in the chart.
"use strict";

(() => {
  const form = document.getElementById("cut-form");
  const fields = [...document.querySelectorAll("main input:not([type=hidden])")].map((field) => [field, field.value]);
  const shown = document.getElementById("measuring")?.dataset.measured;
  // A curve measured meanwhile is shown at once, unless that would lose what was moved or written here.
  document.addEventListener("htmx:afterSettle", () => {
    const now = document.getElementById("measuring")?.dataset.measured;
    if (!now || now === shown) return;
    if (fields.every(([field, value]) => field.value === value)) location.assign(location.pathname);
    else document.getElementById("show-measured").hidden = false;
  });
  if (!form) return;
  const { answer, offer } = form.elements;
  const points = JSON.parse(form.dataset.points || "[]");
  const plot = document.querySelector("#curve [data-chart]");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const nearest = (cut) => points.reduce((best, each) => Math.abs(each[0] - cut) < Math.abs(best[0] - cut) ? each : best);
  const percent = (share) => `${Math.round(100 * share)} %`;

  // The same sums as _effect in console/faq_tuning.py.
  const effect = () => {
    const [, right, wrong, falsely] = nearest(Number(answer.value));
    const [, offeredRight, offeredWrong, offeredFalsely] = nearest(Number(offer.value));
    const given = right + wrong, offered = offeredRight + offeredWrong;
    return { right, wrong, offered: offered - given, unknown: 1 - offered,
      false: falsely, asked: offeredFalsely - falsely, silent: 1 - offeredFalsely };
  };
  const lines = () => {
    const chart = plot && window.echarts?.getInstanceByDom(plot);
    if (!chart) return;
    const line = (cut) => ({ xAxis: points.indexOf(nearest(Number(cut.value))), label: { formatter: percent(cut.value), color: style("--ink") } });
    chart.setOption({ series: [{ markLine: {
      silent: true, symbol: "none", animation: false, lineStyle: { color: style("--ink"), type: "dashed", width: 1.5 },
      data: [line(answer), line(offer)],
    } }] });
  };
  const show = () => {
    for (const field of [answer, offer]) form.querySelector(`output[data-of=${field.name}]`).textContent = percent(field.value);
    if (!points.length) return;
    for (const [name, share] of Object.entries(effect())) document.querySelector(`[data-cell=${name}]`).textContent = Math.round(100 * share);
    lines();
  };
  // Who lets customers choose at 60 % cannot answer at 40: the other one gives way.
  answer.addEventListener("input", () => { if (Number(offer.value) > Number(answer.value)) offer.value = answer.value; show(); });
  offer.addEventListener("input", () => { if (Number(answer.value) < Number(offer.value)) answer.value = offer.value; show(); });
  show();
  if (!plot) return;
  const chart = window.echarts?.getInstanceByDom(plot);
  chart?.getZr().on("click", (event) => {
    if (!chart.containPixel("grid", [event.offsetX, event.offsetY])) return;
    const place = chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX);
    const cut = points[Math.max(0, Math.min(points.length - 1, Math.round(place)))][0];
    const field = Math.abs(cut - answer.value) <= Math.abs(cut - offer.value) ? answer : offer;
    field.value = cut;
    field.dispatchEvent(new Event("input"));
  });
  // charts.js draws anew for another theme and after parts of the page were loaded, and leaves the lines out.
  const again = () => requestAnimationFrame(lines);
  document.addEventListener("htmx:afterSettle", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
