// The web chat page. What is typed is shown at once, kept in this tab until the server has it, and sent again with the
// same id after a lost connection, so the server stores it once. The history always comes from the server.

import { abandon, announce, anyChosen, complain, putBack, resume, send, sizeOf, takeChosen } from "./chat_files.js";

const page = document.getElementById("chat");
const words = JSON.parse(page.dataset.words);
const limit = Number(page.dataset.max);
const [scroll, log, waiting, state, room, text, sendButton] =
  ["scroll", "log", "waiting", "state", "room", "text", "send"].map((id) => document.getElementById(id));
const locale = document.documentElement.lang;

const ANSWER_MS = 10_000; // the server says "stored" within milliseconds
const REPLY_EXPECTED_MS = 15_000;
const LINK = /(https?:\/\/[^\s<>"'，。；！？、）】」』]+)/;

let socket = null;
let attempts = 0;
let lastHeard = 0;
let retryTimer = 0;
let waitingTimer = 0;
let agentAnswers = false;

// --- what waits to be sent: survives a reload of this tab -----------------------------------------------------------

const kept = {
  read(name, otherwise) {
    try { return JSON.parse(sessionStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
  },
  write(name, value) {
    try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* full or forbidden: this page still works */ }
  },
};
let outbox = kept.read("outbox", []);
const own = new Map(); // frame id -> the bubble of a message that is not in the history yet

function submit(item) {
  outbox.push({ id: newId(), stored: false, ...item });
  kept.write("outbox", outbox);
  showOwn(outbox.at(-1));
  transmit(outbox.at(-1));
  toEnd();
}

// Files are no text that a tab could keep over a reload: until they have arrived the browser warns who leaves.
function submitFiles(said, files) {
  const bubble = makeMessage({ author: "customer", name: "", text: said, buttons: [], files: [] });
  const parcel = {
    id: newId(), said, files,
    moved: (share) => showProgress(bubble, parcel, share),
    ended: (code, name) => (code === "stored" ? delivered(bubble) : showTrouble(bubble, parcel, code, name)),
  };
  bubble.querySelector(".bubble").append(...files.map((file) => element("p", "file", `📎 ${file.name} · ${sizeOf(file.size)}`)));
  bubble.append(element("div", "upload"));
  own.set(parcel.id, bubble);
  log.append(bubble);
  setMeta(bubble, "queued");
  showControls(bubble, parcel);
  retireMenus();
  send(parcel);
  toEnd();
}

function showProgress(bubble, parcel, share) {
  let bar = bubble.querySelector("progress");
  if (!bar) {
    showControls(bubble, parcel);
    bar = element("progress", "");
    bar.max = 1;
    bar.setAttribute("aria-label", `${words.uploading}: ${parcel.files.map((file) => file.name).join(", ")}`);
    bubble.querySelector(".upload").prepend(bar);
    setMeta(bubble, "uploading");
  }
  bar.value = share;
}

function showTrouble(bubble, parcel, code, name = "") {
  if (code === "paused") {
    bubble.querySelector("progress")?.remove();
    setMeta(bubble, "paused");
    return;
  }
  setMeta(bubble, "failed");
  complain(code in words ? code : "failed", name);
  showControls(bubble, parcel, code);
}

function showControls(bubble, parcel, failed = "") {
  const leave = element("button", "", failed ? words.discard : words.cancel);
  leave.type = "button";
  leave.onclick = () => {
    abandon(parcel);
    own.delete(parcel.id);
    bubble.remove();
    retireMenus();
    if (failed) complain("");
    else putBack(parcel.files);
    if (!text.value) text.value = parcel.said; // nothing of what was written is lost
    measure();
    announce(words.cancelled);
    text.focus();
  };
  bubble.querySelector(".upload").replaceChildren(leave);
  if (!failed || failed.startsWith("file.")) return; // the same file stays what it is
  const again = element("button", "", words.retry);
  again.type = "button";
  again.onclick = () => { complain(""); setMeta(bubble, "queued"); showControls(bubble, parcel); send(parcel); };
  bubble.querySelector(".upload").prepend(again);
}

function delivered(bubble) {
  bubble.querySelector(".upload")?.remove();
  setMeta(bubble, "delivered");
  setState("online");
  if (bubble.isConnected) expectReply(); // else it stands in the history already
}

function newId() { // randomUUID exists only on https and localhost
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function transmit({ id, said, button }) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify(button ? { type: "choice", id, button } : { type: "text", id, text: said }));
  setTimeout(abandonIfSilent, ANSWER_MS, socket, Date.now());
}

function abandonIfSilent(used, since) { // a connection can be dead long before the browser notices
  if (used === socket && lastHeard < since) startOver();
}

function startOver() {
  socket.onclose = null;
  socket.close();
  setState("offline");
  connect();
}

function forget(id) {
  outbox = outbox.filter((item) => item.id !== id);
  kept.write("outbox", outbox);
}

// --- the connection -------------------------------------------------------------------------------------------------

function connect() {
  clearTimeout(retryTimer);
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/chat/socket`);
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = () => {
    setState("offline");
    const pause = Math.min(15_000, 400 * 2 ** attempts++);
    retryTimer = setTimeout(connect, pause * (0.7 + 0.6 * Math.random()));
  };
}

function hear(frame) {
  lastHeard = Date.now();
  switch (frame.type) {
    case "messages":
      frame.messages.forEach(showMessage);
      if (frame.first) welcome(frame.messages.length === 0);
      break;
    case "stored":
      markStored(frame.id);
      break;
    case "error":
      refuse(frame);
  }
}

function welcome(isNew) {
  attempts = 0;
  setState("online");
  // A fixed id: however often the page is loaded, a visitor is greeted once.
  if (isNew) socket.send(JSON.stringify({ type: "start", id: "start", locale }));
  outbox.filter((item) => !item.stored).forEach(transmit);
  resume();
  toEnd();
}

function markStored(id) {
  const item = outbox.find((waitingItem) => waitingItem.id === id);
  if (!item) return;
  item.stored = true;
  kept.write("outbox", outbox);
  setMeta(own.get(id), "delivered");
  setState("online");
  expectReply();
}

function refuse({ id, code, wait }) {
  if (code === "not_understood") {
    setMeta(own.get(id), "failed");
    forget(id);
    return;
  }
  setState(code);
  setTimeout(() => outbox.filter((item) => item.id === id && !item.stored).forEach(transmit), (wait ?? 5) * 1000);
}

function setState(name) {
  state.className = name;
  if (state.textContent !== words[name]) state.textContent = words[name];
}

// --- the messages; customers' and agents' words only ever become text nodes ------------------------------------------

function showMessage(message) {
  if (log.querySelector(`[data-seq="${message.seq}"]`)) return;
  const mine = message.author === "customer";
  const known = mine ? own.get(message.source) : undefined;
  const bubble = known && !message.files.length ? known : makeMessage(message);
  if (known !== bubble) known?.remove(); // what was sent is now to be had from the server
  bubble.dataset.seq = message.seq;
  log.insertBefore(bubble, [...log.children].find((other) => other !== bubble && isAfter(other, message.seq)) ?? null);
  if (mine) {
    setMeta(bubble, "delivered", message.at);
    own.delete(message.source);
    forget(message.source);
  } else {
    agentAnswers = message.author === "agent";
    replied();
  }
  retireMenus();
  toEnd();
}

const isAfter = (other, seq) => !other.dataset.seq || Number(other.dataset.seq) > seq;

function showOwn(item) {
  const bubble = makeMessage({ author: "customer", name: "", text: item.said, buttons: [], files: [] });
  own.set(item.id, bubble);
  log.append(bubble);
  setMeta(bubble, item.stored ? "delivered" : "sending");
  retireMenus();
}

function makeMessage(message) {
  const who = element("p", message.author === "customer" ? "who hidden" : "who", message.name || words[message.author]);
  const bubble = element("div", "bubble");
  if (message.text) bubble.append(withLinks(message.text));
  bubble.append(...message.files.map(makeFile));
  const parts = [who, bubble];
  if (message.buttons.length) parts.push(makeMenu(message.buttons));
  const article = element("article", `message ${message.author}`);
  article.append(...parts, element("p", "meta"));
  if (message.at) setMeta(article, "", message.at);
  return article;
}

function makeFile(file) {
  const link = makeLink(file.url, "");
  if (!file.image) {
    link.textContent = `📎 ${file.name || words.file}`;
    return link;
  }
  const picture = element("img", "picture");
  Object.assign(picture, { src: file.url, alt: file.name || words.picture, loading: "lazy", onload: toEnd });
  link.append(picture);
  return link;
}

function makeMenu(buttons) {
  const menu = element("div", "menu");
  for (const { id, title, url } of buttons) {
    if (url) {
      if (/^https?:\/\//i.test(url)) menu.append(makeLink(url, title));
      continue;
    }
    const button = element("button", "choice", title);
    button.type = "button";
    button.onclick = () => { submit({ said: title, button: id }); text.focus(); };
    menu.append(button);
  }
  return menu;
}

function retireMenus() { // what was offered before the customer's last message is answered
  const last = [...log.querySelectorAll(".message.customer")].at(-1);
  for (const choice of log.querySelectorAll(".choice")) {
    choice.disabled = Boolean(last && choice.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING);
  }
}

function withLinks(said) {
  const paragraph = element("p", "text");
  said.split(LINK).forEach((part, i) => paragraph.append(i % 2 ? makeLink(part, part) : part));
  return paragraph;
}

function makeLink(url, label) {
  const link = element("a", "", label);
  Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer" });
  return link;
}

function setMeta(article, word, at) {
  if (!article) return;
  const time = at ? new Date(at) : new Date();
  const isToday = time.toDateString() === new Date().toDateString();
  const shown = time.toLocaleString(locale, isToday ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" });
  article.dataset.state = word;
  article.querySelector(".meta").textContent = [shown, words[word]].filter(Boolean).join(" · ");
}

function element(tag, className, content = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}

function expectReply() {
  if (agentAnswers) return; // people answer when they can
  waiting.hidden = false;
  clearTimeout(waitingTimer);
  waitingTimer = setTimeout(replied, REPLY_EXPECTED_MS);
  toEnd();
}

function replied() { waiting.hidden = true; }

function toEnd() { scroll.scrollTop = scroll.scrollHeight; }

// --- writing ----------------------------------------------------------------------------------------------------------

function measure() {
  kept.write("draft", text.value);
  const over = [...text.value.trim()].length - limit; // counted as the server counts: code points
  text.setAttribute("aria-invalid", String(over > 0));
  sendButton.disabled = over > 0;
  room.className = over > 0 ? "over" : "";
  room.textContent = over > 0 ? words.too_long.replace("{n}", over)
    : over > -200 ? words.left.replace("{n}", -over) : "";
  return over <= 0;
}

document.getElementById("composer").onsubmit = (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if ((!said && !anyChosen()) || !measure()) return;
  text.value = "";
  measure();
  complain("");
  if (anyChosen()) submitFiles(said, takeChosen());
  else submit({ said });
  text.focus();
};
text.oninput = () => { complain(""); measure(); };
text.onkeydown = (event) => {
  // While an input method composes, Enter chooses its candidate.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.currentTarget.form.requestSubmit();
};
document.getElementById("lang").onchange = (event) => event.currentTarget.form.submit();
window.addEventListener("offline", () => setState("offline"));
window.addEventListener("online", startOver); // what the line carried before is dead, whatever the browser believes

text.value = kept.read("draft", "");
measure();
outbox.forEach(showOwn);
connect();
