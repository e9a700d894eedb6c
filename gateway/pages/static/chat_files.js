// Pictures and files of the web chat: chosen, pasted or dropped into a tray, and sent as one message with the text.

const page = document.getElementById("chat");
const words = JSON.parse(page.dataset.words);
const rules = JSON.parse(page.dataset.files);
const [tray, trouble, news, attach, chooser, text, drop] =
  ["tray", "trouble", "news", "attach", "files", "text", "drop"].map((id) => document.getElementById(id));

const PREVIEWED = 8 * 2 ** 20; // bytes of a picture that is shown before it is sent
const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"]; // not every browser can show a phone's HEIC
const LONGEST_NAME = 120;
let chosen = [];

export const fill = (name, values) =>
  Object.entries(values).reduce((said, [key, value]) => said.replace(`{${key}}`, value), words[name]);

export function complain(code, name = "") {
  trouble.textContent = code
    ? fill(code, { name, mb: Math.floor(rules.largest / 2 ** 20), most: rules.most }) : "";
}

export const announce = (said) => { news.textContent = said; };

export function takeChosen() { // what is sent now leaves the tray
  const files = chosen;
  chosen = [];
  show();
  return files;
}

export function putBack(files) {
  chosen = [...files, ...chosen].slice(0, rules.most);
  show();
}

export const anyChosen = () => chosen.length > 0;

function add(files) {
  complain("");
  for (const file of files) {
    const wrong = faultOf(file);
    if (wrong) {
      complain(wrong, file.name);
      break;
    }
    chosen.push(file);
    announce(fill("added", { name: file.name }));
  }
  show();
}

function faultOf(file) { // the server looks again, and into the file
  const ending = file.name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";
  if (chosen.length >= rules.most) return "file.count";
  if (!rules.accept.includes(ending)) return "file.type";
  if (file.size === 0) return "file.empty";
  if (file.name.length > LONGEST_NAME) return "file.name";
  return chosen.reduce((sum, each) => sum + each.size, file.size) > rules.largest ? "file.size" : "";
}

function show() {
  tray.hidden = chosen.length === 0;
  tray.replaceChildren(...chosen.map(makeChosen));
}

function makeChosen(file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = file.name;
  const size = document.createElement("span");
  size.className = "size";
  size.textContent = sizeOf(file.size);
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "×";
  remove.setAttribute("aria-label", fill("remove", { name: file.name }));
  remove.onclick = () => {
    chosen = chosen.filter((each) => each !== file);
    complain("");
    show();
    (tray.querySelector("button") ?? attach).focus();
  };
  item.append(preview(file), name, size, remove);
  return item;
}

function preview(file) {
  if (!SHOWN.includes(file.type) || file.size > PREVIEWED) {
    const sign = document.createElement("span");
    sign.textContent = "📎";
    sign.setAttribute("aria-hidden", "true");
    return sign;
  }
  const picture = document.createElement("img");
  picture.alt = "";
  const reader = new FileReader();
  reader.onload = () => { picture.src = reader.result; };
  reader.readAsDataURL(file);
  return picture;
}

export function sizeOf(bytes) {
  return bytes < 2 ** 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

// --- one upload after the other ---------------------------------------------------------------------------------------

const waitingParcels = [];
let travelling = null; // {parcel, request}
let retryTimer = 0;

// A parcel: {id, said, files, moved(share), ended(code, file)}; "stored" means that the server has it, "paused" that it
// goes again by itself, any other code that it cannot.
export function send(parcel) {
  waitingParcels.push(parcel);
  next();
}

export function resume() { // the line is back
  clearTimeout(retryTimer);
  next();
}

export function abandon(parcel) {
  const at = waitingParcels.indexOf(parcel);
  if (at >= 0) waitingParcels.splice(at, 1);
  if (travelling?.parcel === parcel) {
    travelling.request.abort();
    travelling = null;
    next();
  }
}

export const isUnderWay = () => Boolean(travelling || waitingParcels.length);

function next() {
  if (travelling || !waitingParcels.length) return;
  const parcel = waitingParcels.shift();
  const request = new XMLHttpRequest(); // fetch tells nothing of what has left already
  travelling = { parcel, request };
  request.upload.onprogress = ({ loaded, total }) => parcel.moved(total ? loaded / total : 0);
  request.onload = () => arrived(parcel, request);
  request.onerror = () => later(parcel, 5);
  request.open("POST", "/chat/files");
  const body = new FormData();
  body.append("id", parcel.id);
  body.append("text", parcel.said);
  for (const file of parcel.files) body.append("files", file, file.name);
  parcel.moved(0);
  request.send(body);
}

function arrived(parcel, request) {
  let answer = {};
  try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page */ }
  if (answer.code === "too_fast" || answer.code === "try_again" || request.status >= 500) {
    later(parcel, answer.wait || 5);
    return;
  }
  travelling = null;
  parcel.ended(request.status === 413 ? "file.size" : answer.code ?? "failed", answer.file);
  next();
}

function later(parcel, seconds) {
  travelling = null;
  waitingParcels.unshift(parcel);
  parcel.ended("paused");
  clearTimeout(retryTimer);
  retryTimer = setTimeout(next, seconds * 1000);
}

// --- choosing, pasting, dropping --------------------------------------------------------------------------------------

attach.onclick = () => chooser.click();
chooser.onchange = () => {
  add([...chooser.files]);
  chooser.value = ""; // the same file may be chosen again
  text.focus();
};
text.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length || event.clipboardData.getData("text/plain")) return; // a table comes as words and as a picture
  event.preventDefault();
  add(files);
});

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  drop.hidden = false;
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.hidden = true; });
addEventListener("drop", (event) => {
  drop.hidden = true;
  if (!holdsFiles(event)) return;
  event.preventDefault(); // the browser would leave the page for the file
  add([...event.dataTransfer.files]);
  text.focus();
});
addEventListener("beforeunload", (event) => { if (isUnderWay() || anyChosen()) event.preventDefault(); });
