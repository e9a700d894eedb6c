// Draws the charts of a page from the JSON in their data-chart attribute (written by console/figures.py).
"use strict";

(() => {
  const drawn = new Map();
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => style(`--series-${number}`));
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const trimmed = (value) => String(Math.round(value * 100) / 100);

  // A round number above both the data and the target, so that the target's line is always in the picture.
  const ceiling = (value) => {
    const step = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9))) / 2;
    return Math.ceil(value * 1.02 / step) * step;
  };

  const axis = (data, colours) => ({
    type: "value", ...(data.target === null ? {} : { max: ({ max }) => ceiling(Math.max(max, data.target / data.scale)) }),
    min: data.unit === "share" ? 0 : null, minInterval: data.unit === "count" ? 1 : null,
    axisLabel: { color: colours.soft, formatter: (value) => trimmed(value) + data.suffix },
    splitLine: { lineStyle: { color: colours.line } },
  });

  const categories = (data, colours, lying) => ({
    type: "category", data: data.categories, inverse: lying,
    axisLabel: {
      color: colours.soft, hideOverlap: true, formatter: (name) => name.replace(/^\d{4}-(\d\d-\d\d)$/, "$1"),
      ...(lying ? { width: 150, overflow: "truncate" } : {}),
    },
    axisLine: { lineStyle: { color: colours.line } }, axisTick: { show: false },
  });

  // Patterns beside colours, faint: who cannot tell the colours apart can still tell the bars.
  const decals = [
    { symbol: "none" }, { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
    { symbol: "circle", symbolSize: 0.7, dashArrayX: [[7, 7], [0, 7, 7, 0]], dashArrayY: [7, 0] },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 6] },
  ].map((decal) => ({ color: "rgba(128, 128, 128, 0.5)", ...decal }));

  const series = (data) => data.series.map((each, index) => ({
    name: each.name, data: each.values.map((value) => value === null ? null : value / data.scale), type: data.kind === "line" ? "line" : "bar",
    stack: data.kind === "stacked" ? "all" : undefined, barMaxWidth: 36,
    symbol: ["circle", "rect", "triangle", "diamond"][index % 4], symbolSize: 6,
    showSymbol: data.categories.length <= 31, connectNulls: false, lineStyle: { width: 2 },
    ...(index === 0 && data.target !== null ? { markLine: {
      symbol: "none", silent: true, lineStyle: { type: "dashed", color: style("--warn") },
      label: { formatter: data.targetName, color: style("--warn"), position: "insideEndTop" },
      data: [{ [data.kind === "rows" ? "xAxis" : "yAxis"]: data.target / data.scale }],
    } } : {}),
  }));

  const said = (data, place) => data.categories[place] + ": " + data.series
    .map((each) => `${data.series.length > 1 ? each.name + " " : ""}${each.values[place] === null ? data.none : each.labels[place]}`)
    .join(", ");

  const option = (data) => {
    const colours = { ink: style("--ink"), soft: style("--soft"), line: style("--line"), paper: style("--paper") };
    const lying = data.kind === "rows";
    const several = data.series.length > 1;
    return {
      animation: !still.matches, animationDuration: 250, color: palette(), backgroundColor: "transparent",
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colours.ink },
      // The server wrote the label in the reader's language; ours must not be replaced by ECharts' own.
      aria: { enabled: true, label: { enabled: false }, decal: { show: several && data.kind !== "line", decals } },
      grid: { left: 8, right: 24, top: several ? 36 : 16, bottom: 8, containLabel: true },
      legend: several ? { type: "scroll", top: 0, left: 0, textStyle: { color: colours.ink }, pageTextStyle: { color: colours.ink } } : undefined,
      // Rich text is painted on the canvas: HTML would need inline styles, which the page's policy forbids.
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colours.paper,
        borderColor: colours.line, textStyle: { color: colours.ink },
        axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
        formatter: (points) => {
          const place = points[0].dataIndex;
          return [data.categories[place], ...data.series.map((each) =>
            `${each.name}  ${each.values[place] === null ? data.none : each.labels[place]}`)].join("\n");
        },
      },
      xAxis: lying ? axis(data, colours) : categories(data, colours, false),
      yAxis: lying ? categories(data, colours, true) : axis(data, colours),
      series: series(data),
    };
  };

  const draw = (place) => {
    const data = JSON.parse(place.dataset.chart);
    if (data.kind === "rows") place.classList.add("tall");
    if (data.kind === "rows") place.style.height = `${Math.max(120, data.categories.length * (14 + 12 * data.series.length) + 60)}px`;
    const known = drawn.get(place);
    const chart = known?.chart || echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option(data), true);
    if (known) { known.data = data; return; }
    const entry = { chart, data, at: -1 };
    drawn.set(place, entry);
    new ResizeObserver(() => chart.resize()).observe(place);
    place.addEventListener("keydown", (event) => step(event, entry, place));
    place.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
  };

  // The arrow keys walk over the values; each is also said aloud by a screen reader.
  const voice = document.createElement("p");
  voice.className = "unseen";
  voice.setAttribute("aria-live", "polite");
  const step = (event, entry, place) => {
    const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") entry.chart.dispatchAction({ type: "hideTip" });
    if (!(event.key in moves)) return;
    event.preventDefault();
    entry.at = Math.max(0, Math.min(entry.data.categories.length - 1, entry.at + moves[event.key]));
    entry.chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: entry.at });
    if (!voice.isConnected) place.after(voice);
    voice.textContent = said(entry.data, entry.at);
  };

  const drawAll = () => {
    for (const [place, entry] of drawn) {
      if (!place.isConnected) { entry.chart.dispose(); drawn.delete(place); }
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  };

  drawAll();
  document.addEventListener("htmx:afterSettle", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  // On paper: light colours (charts.css), every table unfolded, each chart as wide as the sheet.
  document.querySelector("[data-print]")?.addEventListener("click", () => print());
  const root = document.documentElement;
  addEventListener("beforeprint", () => {
    root.dataset.screenTheme = root.dataset.theme;  // paper is white, whatever the screen is
    root.dataset.theme = "light";
    document.querySelectorAll(".figure details:not([open])").forEach((each) => { each.open = true; each.dataset.unfolded = ""; });
    drawn.forEach((entry, place) => { entry.chart.resize({ width: Math.min(place.clientWidth, 680) }); });
    drawAll();
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = root.dataset.screenTheme;
    document.querySelectorAll("[data-unfolded]").forEach((each) => { each.open = false; delete each.dataset.unfolded; });
    drawn.forEach((entry) => entry.chart.resize({ width: "auto" }));
    drawAll();
  });
})();
