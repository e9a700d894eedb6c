// The FAQ's pages: keys and choosing in the list; tabs, preview, merging and unsaved changes in an article.
"use strict";

(() => {
  const writes = (event) => event.target.matches("input:not([type=checkbox]), textarea, select");
  const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

  // The list.
  const bulk = document.getElementById("bulk");
  if (bulk) {
    const boxes = [...bulk.querySelectorAll("input[name=ids]")];
    const links = [...bulk.querySelectorAll("a.title")];
    const all = document.getElementById("all");
    const chosen = document.getElementById("chosen");
    const action = bulk.querySelector("[name=action]");
    const count = () => {
      const number = boxes.filter((box) => box.checked).length;
      const every = bulk.elements.everything?.checked;
      boxes.forEach((box) => { box.disabled = every; });
      if (chosen) chosen.textContent = every ? "" : number ? chosen.dataset.some.replace("#", number) : chosen.dataset.none;
      if (all) all.checked = number > 0 && number === boxes.length;
    };
    const fit = () => bulk.querySelectorAll("[data-for]").forEach((field) => {
      field.hidden = !field.dataset.for.split(" ").includes(action.value);
      if (field.name === "value") {
        field.type = action.value === "review_by" ? "date" : "text";
        if (action.value.endsWith("_tag")) field.setAttribute("list", "tags"); else field.removeAttribute("list");
      }
    });
    all?.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); count(); });
    bulk.addEventListener("change", count);
    action?.addEventListener("change", fit);
    if (action) fit();
    count();
    document.addEventListener("keydown", (event) => {
      if (writes(event) || !plain(event)) return;
      const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
      if (event.key === "j" || event.key === "k") {
        links[Math.max(0, Math.min(links.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
      } else if (event.key === "x" && at >= 0 && boxes[at]) {
        boxes[at].checked = !boxes[at].checked;
        count();
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (writes(event) || !plain(event)) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("a")) target.click(); else target.focus();
  });

  // The article.
  const form = document.getElementById("article-form");
  if (!form) return;
  const tabs = [...form.querySelectorAll("[role=tab]")];
  const panels = [...form.querySelectorAll("section.language")];
  const shown = form.elements.shown;
  const preview = () => document.body.dispatchEvent(new Event("preview"));
  const show = (language, focus) => {
    tabs.forEach((tab) => {
      const is = tab.dataset.language === language;
      tab.setAttribute("aria-selected", is);
      tab.tabIndex = is ? 0 : -1;
      if (is && focus) tab.focus();
    });
    panels.forEach((panel) => { panel.hidden = panel.dataset.language !== language; });
    if (shown.value !== language) { shown.value = language; preview(); }
  };
  form.querySelector("[role=tablist]").hidden = false;
  form.querySelector(".texts").classList.add("tabbed");
  panels.forEach((panel) => panel.setAttribute("role", "tabpanel"));
  tabs.forEach((tab, position) => {
    tab.addEventListener("click", () => show(tab.dataset.language));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) show(tabs[(position + step + tabs.length) % tabs.length].dataset.language, true);
    });
  });
  show(shown.value);

  let dirty = document.querySelector("main .notice[role=alert]") !== null;
  form.addEventListener("input", () => { dirty = true; preview(); });

  // A picture just chosen is stored and stands in the form; the preview shows it. Where that fails it goes along on saving.
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-picture]")) form.querySelectorAll(".pictures .notice").forEach((said) => said.remove());
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches("[data-picture]") || !event.detail.successful) return;
    event.target.value = "";
    dirty = true;
    preview();
  });

  // What is written stays in this tab until it is saved: a session may end meanwhile.
  const texts = [...form.querySelectorAll("textarea, input:not([type=hidden]):not([type=file]):not([type=checkbox]), select")];
  const place = `faq:${form.elements.id.value}`;
  const unsaved = document.getElementById("unsaved");
  const keep = () => sessionStorage.setItem(place, JSON.stringify(texts.map((field) => [field.name, field.value])));
  if (/said=faq_(saved|copy_saved|restored)/.test(location.search)) ["faq:", place].forEach((each) => sessionStorage.removeItem(each));
  const kept = JSON.parse(sessionStorage.getItem(place) || "[]");
  const differs = kept.filter(([name, value]) => form.elements.namedItem(name) && form.elements.namedItem(name).value !== value);
  if (differs.length && !dirty) unsaved.hidden = false;
  unsaved.querySelector("[data-unsaved=restore]").addEventListener("click", () => {
    differs.forEach(([name, value]) => { form.elements.namedItem(name).value = value; });
    unsaved.hidden = true;
    dirty = true;
    preview();
  });
  unsaved.querySelector("[data-unsaved=drop]").addEventListener("click", () => {
    sessionStorage.removeItem(place);
    unsaved.hidden = true;
  });
  form.addEventListener("input", keep);
  form.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && form.querySelector("button.main")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button.main"));
    }
  });
  document.querySelectorAll("[data-take]").forEach((button) => button.addEventListener("click", () => {
    const name = button.dataset.take;
    const text = document.querySelector(`[data-theirs="${CSS.escape(name)}"]`).dataset.value;
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList || field?.type === "checkbox") {
      const wanted = text.split("\n");
      form.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((box) => { box.checked = wanted.includes(box.value); });
    } else if (field) {
      field.value = text;
    }
    button.closest(".both").hidden = true;
    dirty = true;
    preview();
  }));
})();
