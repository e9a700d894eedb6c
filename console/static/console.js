// What HTML alone cannot do on any page: the badge in the title, notifications, the help, the live connection.
"use strict";

(() => {
  let waiting = null;

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
  document.addEventListener("keydown", (event) => {
    const writes = event.target.matches("input, textarea, select");
    if (event.key === "Escape" && writes) {
      event.target.blur();
    } else if (writes || help?.open || event.ctrlKey || event.metaKey || event.altKey) {
      return;
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
  // Only the next thing done takes the banner away: lists that fetch themselves anew say nothing about it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig?.verb === "post") failed.hidden = true;
  });

  showWaiting();
})();
