// The inbox's own work: drafts, suggestions, files, keys, who looks at what, staying at the newest message.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF"];
  const post = (address, fields) => fetch(address, {
    method: "POST", headers: { "X-CSRF": csrf() }, body: new URLSearchParams(fields), keepalive: true,
  }).catch(() => undefined);

  // A panel that an agent opened stays open when the page is brought up to date.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");

  // Drafts live on the server, so that they are there after a reload and on another machine. What was typed in the last
  // moment before a reload waits in this tab until the server has it.
  let unsaved = null;
  let saving = 0;
  const saveDraft = async () => {
    clearTimeout(saving);
    if (!unsaved) return;
    const { address, text, key } = unsaved;
    unsaved = null;
    const answer = await post(address, { text, key });
    if (answer?.ok && sessionStorage.getItem(address) === text) sessionStorage.removeItem(address);
  };
  const noteDraft = (field) => {
    unsaved = { address: field.form.dataset.drafts, text: field.value, key: field.form.elements.key.value };
    sessionStorage.setItem(unsaved.address, unsaved.text);
    clearTimeout(saving);
    saving = setTimeout(saveDraft, 500);
  };
  const restoreDraft = () => {
    const text = byId("text"), kept = text && sessionStorage.getItem(text.form.dataset.drafts);
    if (!kept || text.value === kept) return;
    text.value = kept;
    noteDraft(text);
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "text") return;
    noteDraft(event.target);
    showLength();
    suggest();
    sayLooking(true);
  });
  addEventListener("pagehide", saveDraft);
  document.addEventListener("focusout", (event) => { if (event.target.id === "text") saveDraft(); });
  // What is being sent is the server's to keep, which knows whether it was taken: this page may never hear of it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id !== "composer" || !unsaved) return;
    noteDraft(byId("text")); // under the key that this form is sent with
    saveDraft();
  });
  document.addEventListener("reply-sent", () => {
    clearTimeout(saving);
    unsaved = null;
    sessionStorage.removeItem(byId("composer").dataset.drafts);
    for (const id of ["text", "choices", "files"]) if (byId(id)) byId(id).value = "";
    byId("choices-box")?.removeAttribute("open");
    showChosen();
    showLength();
    toEnd();
  });

  // How many messages a long text becomes on the customer's channel.
  const measure = (text, unit) => unit === "bytes" ? new TextEncoder().encode(text).length
    : unit === "utf16" ? text.length : [...text].length;
  const showLength = () => {
    const form = byId("composer");
    if (!form) return;
    const parts = Math.ceil(measure(byId("text").value.trim(), form.dataset.unit) / Number(form.dataset.maxText));
    const isReply = byId("kind-reply").checked;
    byId("text").placeholder = byId("text").dataset[isReply ? "reply" : "note"];
    byId("length").textContent = isReply && parts > 1 ? form.dataset.parts.replace("{count}", parts) : "";
  };

  // Files that were chosen, and whether they can be sent at all.
  const showChosen = () => {
    const list = byId("chosen"), files = byId("files");
    if (!list || !files) return;
    list.replaceChildren(...[...files.files].map((file) => {
      const line = document.createElement("li");
      const tooLarge = file.size > Number(byId("composer").dataset.largest);
      line.textContent = tooLarge ? `${file.name}: ${byId("composer").dataset.tooLarge}` : file.name;
      if (tooLarge) line.className = "bad";
      return line;
    }));
  };
  document.addEventListener("change", (event) => {
    if (event.target.id === "files") showChosen();
    if (event.target.name === "kind") { showLength(); byId("text").focus(); }
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (event.target.id === "composer" && document.querySelector("#chosen .bad")) event.preventDefault();
  });

  // "/" offers canned replies, "@" in a note offers colleagues.
  let asked = 0;
  const typed = (text) => {
    const before = text.value.slice(0, text.selectionStart);
    const canned = byId("kind-reply").checked && /(?:^|\s)\/([^\s/]*)$/.exec(before);
    if (canned) return { kind: "canned", query: canned[1], length: canned[1].length + 1 };
    const agent = byId("kind-note").checked && /(?:^|\s)@([^@\n]{0,20})$/.exec(before);
    return agent ? { kind: "agent", query: agent[1], length: agent[1].length + 1 } : null;
  };
  const hideSuggestions = () => {
    const list = byId("suggestions");
    if (!list) return;
    list.hidden = true;
    list.replaceChildren();
    byId("text").removeAttribute("aria-activedescendant");
  };
  const suggest = async () => {
    const text = byId("text"), wanted = typed(text), number = ++asked;
    if (!wanted) return hideSuggestions();
    const query = new URLSearchParams({ q: wanted.query, kind: wanted.kind });
    const answer = await fetch(`${text.form.dataset.suggestions}?${query}`).catch(() => null);
    if (!answer?.ok || number !== asked || !byId("suggestions")) return;
    const { items } = await answer.json();
    byId("suggestions").replaceChildren(...items.map((item, position) => {
      const line = document.createElement("li");
      line.id = `suggestion-${position}`;
      line.setAttribute("role", "option");
      const label = document.createElement("strong");
      label.textContent = item.label;
      line.append(label, ` ${item.hint}`);
      line.dataset.text = item.text;
      return line;
    }));
    byId("suggestions").hidden = !items.length;
    pick(0);
  };
  const options = () => [...document.querySelectorAll("#suggestions li")];
  const picked = () => options().findIndex((line) => line.getAttribute("aria-selected") === "true");
  const pick = (position) => {
    const all = options();
    if (!all.length) return;
    const next = (position + all.length) % all.length;
    all.forEach((line, number) => line.setAttribute("aria-selected", String(number === next)));
    all[next].scrollIntoView({ block: "nearest" });
    byId("text").setAttribute("aria-activedescendant", all[next].id);
  };
  const insert = (line) => {
    const text = byId("text"), wanted = typed(text);
    if (!line || !wanted) return;
    text.setRangeText(line.dataset.text, text.selectionStart - wanted.length, text.selectionStart, "end");
    hideSuggestions();
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("mousedown", (event) => {
    const line = event.target.closest("#suggestions li");
    if (line) { event.preventDefault(); insert(line); }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#canned-button")) return;
    const text = byId("text");
    byId("kind-reply").checked = true;
    text.focus();
    text.setRangeText(/(^|\s)$/.test(text.value.slice(0, text.selectionStart)) ? "/" : " /", text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Who looks at a conversation, and who types; also marks it as read.
  const BEAT = 15000, TYPING_EVERY = 3000;
  let saidTyping = 0;
  let readSoon = 0;
  const sayRead = () => {  // in a burst once, not for every message
    clearTimeout(readSoon);
    readSoon = setTimeout(() => sayLooking(false), 2000);
  };
  const sayLooking = (typing) => {
    const live = byId("live");
    if (!live || document.hidden) return;
    if (typing && Date.now() - saidTyping < TYPING_EVERY) return;
    if (typing) saidTyping = Date.now();
    post(live.dataset.looking, typing ? { typing: "true" } : {});
  };
  let lookedAt = byId("live")?.dataset.looking;
  const leave = (address) => { if (address) post(address, { leaving: "true" }); };
  setInterval(() => { if (Date.now() - saidTyping > TYPING_EVERY * 2) sayLooking(false); }, BEAT);
  document.addEventListener("visibilitychange", () => document.hidden ? leave(lookedAt) : sayLooking(false));
  addEventListener("pagehide", () => leave(lookedAt));

  // The history stays at its end, unless the agent has scrolled up to read.
  let atEnd = true;
  const history = () => byId("history");
  const toEnd = () => { const box = history(); if (box) box.scrollTop = box.scrollHeight; };
  let newest = "";
  const newestMessage = () => [...document.querySelectorAll("#history .message.customer")].at(-1)?.id || "";
  const fromEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight;
  document.addEventListener("htmx:beforeSwap", () => {
    const box = history();
    atEnd = !box || fromEnd(box) < 80;
  });
  document.addEventListener("load", (event) => { // a picture has its height only now
    const box = history();
    if (box?.contains(event.target) && fromEnd(box) - event.target.offsetHeight < 80) toEnd();
  }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (atEnd || event.detail.target.id === "workspace") toEnd();
    const now = byId("live")?.dataset.looking;
    if (now !== lookedAt) { leave(lookedAt); lookedAt = now; newest = newestMessage(); restoreDraft(); }
    if (newestMessage() !== newest) { newest = newestMessage(); sayRead(); }
    showLength();
  });
  // Only now do the new parts hear events. What happened since the server wrote them is fetched; what looking at the
  // conversation changes is heard.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "workspace") return;
    sayLooking(false);
    htmx.trigger(byId("lists"), "sse:inbox");
    if (byId("live")) htmx.trigger(byId("live"), byId("live").getAttribute("hx-trigger"));
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig?.target?.id === "workspace") saveDraft();
  });

  // Somebody calls for this agent: said as a notification where the agent has asked for those.
  document.addEventListener("sse:alert", (event) => {
    const wanted = window.Notification && Notification.permission === "granted" && localStorage.getItem("frontdesk.notify") === "on";
    if (wanted && document.hidden && event.target.id === "lists") new Notification(event.target.dataset.alert, { tag: "frontdesk-alert" });
  });

  // Keys.
  const items = () => [...document.querySelectorAll("#list .item")];
  const move = (step) => {
    const all = items();
    if (!all.length) return;
    const current = all.findIndex((item) => item === document.activeElement);
    const start = current >= 0 ? current : all.findIndex((item) => item.getAttribute("aria-current"));
    all[Math.max(0, Math.min(all.length - 1, start + step))].focus();
  };
  const write = (kind) => {
    const choice = byId(kind);
    if (!choice || choice.disabled) return;
    choice.checked = true;
    showLength();
    byId("text").focus();
  };
  const press = (action) => document.querySelector(`#live form[data-action="${action}"] button`)?.click();
  const open = (sheet, field) => {
    if (!byId(sheet)) return;
    byId(sheet).showPopover();
    byId(field).focus();
  };
  const KEYS = {
    j: () => move(1), k: () => move(-1), c: () => press("claim"), e: () => press("close"),
    r: () => write("kind-reply"), n: () => write("kind-note"),
    t: () => open("transfer-sheet", "transfer-to"), l: () => open("label-sheet", "label-name"),
    "/": () => byId("search").focus(),
  };
  const inText = (event) => {
    const list = byId("suggestions");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.target.form.requestSubmit();
    } else if (list && !list.hidden && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") hideSuggestions();
      else if (event.key.startsWith("Arrow")) pick(picked() + (event.key === "ArrowDown" ? 1 : -1));
      else insert(options()[picked()]);
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "text") inText(event);
    if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open], [popover]:popover-open")) return;
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  }, true);

  // An answer that the page cannot show in place: say it beside the text, which stays.
  document.addEventListener("htmx:responseError", (event) => {
    const form = byId("composer");
    if (!form || event.detail.requestConfig?.verb !== "post") return;
    const status = event.detail.xhr.status;
    let notice = byId("notice");
    if (!notice) {
      notice = document.createElement("p");
      notice.id = "notice";
      notice.className = "notice bad";
      notice.setAttribute("role", "alert");
      form.before(notice);
    }
    notice.textContent = status === 403 ? form.dataset.forbidden : form.dataset.down;
  });

  restoreDraft();
  toEnd();
  newest = newestMessage();
  sayLooking(false);
  showLength();
})();
