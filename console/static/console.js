// What HTML alone cannot do: drafts, keys, the badge in the title, notifications, staying at the newest message.
"use strict";

(() => {
  const agent = document.body.dataset.agent;
  let waiting = null;

  // Drafts are kept per agent and conversation until the reply is sent or the agent signs out.
  const draftKey = (pane) => `frontdesk.draft.${agent}.${pane.dataset.conversation}`;
  const composer = () => {
    const pane = document.getElementById("conversation");
    const text = document.getElementById("text");
    return pane && text ? { pane, text } : null;
  };
  const restoreDraft = () => {
    const found = composer();
    if (found && !found.text.value) found.text.value = localStorage.getItem(draftKey(found.pane)) || "";
  };
  document.addEventListener("input", (event) => {
    const found = composer();
    if (found && event.target === found.text) localStorage.setItem(draftKey(found.pane), found.text.value);
  });
  document.addEventListener("reply-sent", () => {
    const found = composer();
    if (found) localStorage.removeItem(draftKey(found.pane));
  });
  document.getElementById("sign-out")?.addEventListener("submit", () => {
    Object.keys(localStorage).filter((key) => key.startsWith(`frontdesk.draft.${agent}.`))
      .forEach((key) => localStorage.removeItem(key));
  });

  // The history stays at its end, unless the agent has scrolled up to read.
  let atEnd = true;
  const history = () => document.getElementById("history");
  const toEnd = () => { const box = history(); if (box) box.scrollTop = box.scrollHeight; };
  document.addEventListener("htmx:beforeSwap", () => {
    const box = history();
    atEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    restoreDraft();
    if (atEnd || event.detail.target.id === "workspace") toEnd();
  });
  document.addEventListener("htmx:afterSettle", () => showWaiting());

  // How many wait: in the title, and as a notification once the agent has asked for that.
  const notify = document.getElementById("notify");
  const wantsNotifications = () =>
    window.Notification && Notification.permission === "granted" && localStorage.getItem("frontdesk.notify") === "on";
  const labelNotify = () => { notify.textContent = wantsNotifications() ? notify.dataset.off : notify.dataset.on; };
  if (notify && window.Notification) {
    notify.hidden = false;
    labelNotify();
    notify.addEventListener("click", async () => {
      const on = !wantsNotifications() && await Notification.requestPermission() === "granted";
      localStorage.setItem("frontdesk.notify", on ? "on" : "off");
      labelNotify();
    });
  }
  const showWaiting = () => {
    const bell = document.getElementById("bell");
    if (!bell) return;
    const now = Number(bell.dataset.waiting);
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = now ? `(${now}) ${title}` : title;
    if (waiting !== null && now > waiting && document.hidden && wantsNotifications()) {
      new Notification(notify.dataset.text, { tag: "frontdesk-waiting" });
    }
    waiting = now;
  };

  // Keys.
  const help = document.getElementById("help");
  const move = (step) => {
    const items = [...document.querySelectorAll("#list .item")];
    if (!items.length) return;
    const current = items.findIndex((item) => item === document.activeElement);
    const start = current >= 0 ? current : items.findIndex((item) => item.getAttribute("aria-current")) ;
    items[Math.max(0, Math.min(items.length - 1, start + step))].focus();
  };
  document.addEventListener("keydown", (event) => {
    const writes = event.target.matches("input, textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") {
      event.preventDefault();
      event.target.form.requestSubmit();
    } else if (event.key === "Escape" && writes) {
      event.target.blur();
    } else if (writes || help?.open || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (event.key === "j") {
      move(1);
    } else if (event.key === "k") {
      move(-1);
    } else if (event.key === "r" && composer()) {
      event.preventDefault();
      composer().text.focus();
    } else if (event.key === "?") {
      help?.showModal();
    }
  });

  // The live connection.
  const offline = document.getElementById("offline");
  document.addEventListener("htmx:sseError", () => { offline.hidden = false; });
  document.addEventListener("htmx:sseOpen", (event) => {
    offline.hidden = true;
    // This session has ended: only the server knows whether that means the sign-in page.
    event.detail.source.addEventListener("signed-out", () => {
      event.detail.source.close();
      location.reload();
    });
  });

  // A button whose answer is an error that the page cannot show in place.
  const failed = document.getElementById("failed");
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.requestConfig?.verb === "post") failed.hidden = false;
    });
  }
  document.addEventListener("htmx:beforeRequest", () => { failed.hidden = true; });

  restoreDraft();
  toEnd();
  showWaiting();
})();
