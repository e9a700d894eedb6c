// The playground: each phone shows what its platform's simulator has for one person, and does there what people do.

const words = JSON.parse(document.body.dataset.words);
const suggestions = JSON.parse(document.body.dataset.suggestions);
const locale = document.documentElement.lang;

const POLL_MS = 400;
const POLL_WHEN_DOWN_MS = 2000;
const LOOK_BACK = 30; // recent lines are asked for again: their delivery state or their buttons may have changed
const UNSETTLED = new Set(["pending", "sending", "sent"]);

class Refused extends Error {}

class Phone {
  constructor(root) {
    this.root = root;
    this.platform = root.dataset.platform;
    this.languages = {};
    this.shown = new Map(); // seq -> { key, node }
    [this.log, this.news, this.tries, this.text, this.person, this.place, this.actions, this.more] =
      [".log", ".news", ".tries", ".text", ".person", ".place", ".actions", ".more"].map((s) => root.querySelector(s));
    root.querySelector(".composer").onsubmit = (event) => {
      event.preventDefault();
      this.say(this.text.value.trim());
      this.text.focus();
    };
    this.person.onchange = () => this.choose();
    if (this.place) this.place.onchange = () => this.choose();
    this.more.onclick = () => this.toggleActions();
    for (const button of this.actions.children) {
      button.onclick = () => this.act(button);
    }
  }

  async run() {
    for (;;) {
      let pause = POLL_MS;
      try {
        if (!this.person.options.length) await this.meet();
        if (!document.hidden) await this.refresh();
        if (this.news.textContent === words.offline) this.news.textContent = "";
      } catch {
        this.news.textContent = words.offline;
        pause = POLL_WHEN_DOWN_MS;
        this.person.replaceChildren(); // it may have been started anew and know nobody
      }
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }

  // --- people -------------------------------------------------------------------------------------------------------

  async meet() {
    const people = JSON.parse(this.root.dataset.people);
    const known = new Map((await this.ask("users")).map((person) => [person.id, person.name]));
    for (const person of people) {
      this.languages[person.id] = person.language;
      if (!known.has(person.id)) await this.tell("users", person);
      known.set(person.id, person.name);
    }
    this.person.append(...[...known].map(([id, name]) => new Option(name, id)), new Option(words.someone, ""));
    this.person.value = this.chosen && known.has(this.chosen) ? this.chosen : people[this.index()].id;
    this.choose();
  }

  index() { // each phone begins with somebody else
    return [...document.querySelectorAll(".phone")].indexOf(this.root);
  }

  async choose() {
    if (!this.person.value) await this.addSomebody();
    this.chosen = this.person.value;
    this.shown.clear();
    this.log.replaceChildren(element("p", "empty", words.empty));
    this.news.textContent = "";
    this.suggest();
  }

  async addSomebody() {
    const number = String(Date.now() % 1_000_000_000);
    const person = { id: { wechat: `o-new-${number}`, slack: `U0${number}` }[this.platform] ?? number,
      name: `${words.someone} ${number.slice(-3)}` };
    await this.tell("users", person);
    this.languages[person.id] = locale;
    this.person.add(new Option(person.name, person.id), this.person.options.length - 1);
    this.person.value = person.id;
  }

  suggest() {
    const language = this.languages[this.person.value] ?? "zh-Hans";
    this.tries.replaceChildren(...suggestions[language].map((said) => {
      const chip = element("button", "chip", said);
      Object.assign(chip, { type: "button", lang: language, onclick: () => this.say(said) });
      return chip;
    }));
  }

  // --- doing --------------------------------------------------------------------------------------------------------

  async say(said) {
    if (!said) return;
    const group = this.place?.value ?? "";
    const wire = group && this.platform === "telegram" ? `@frontdesk_demo_bot ${said}` : said;
    if (await this.attempt("send", { text: wire, group })) {
      if (this.text.value.trim() === said) this.text.value = "";
    }
  }

  async act(button) {
    const group = button.dataset.verb === "send" ? this.place?.value : "";
    const done = await this.attempt(button.dataset.verb, { ...JSON.parse(button.dataset.body), group });
    if (done) this.news.textContent = words.done + button.textContent;
    this.toggleActions(false);
    this.more.focus();
  }

  tap(line, button) {
    return this.attempt("click", { message: this.platform === "wechat" ? line.seq : line.id, button: button.id });
  }

  async attempt(verb, body) {
    this.news.textContent = "";
    try {
      await this.tell(verb, { user: this.person.value, ...body });
      await this.refresh();
      return true;
    } catch (error) {
      this.news.textContent = error instanceof Refused ? words.refused + error.message : words.offline;
      return false;
    }
  }

  toggleActions(open = this.actions.hidden) {
    this.actions.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
  }

  // --- showing ------------------------------------------------------------------------------------------------------

  async refresh() {
    const person = this.person.value;
    const place = this.place?.value ?? "";
    const chat = place && this.platform === "telegram" ? place : person;
    const settled = Math.max(0, ...this.shown.keys()) - LOOK_BACK;
    const unsettled = [...this.shown].filter(([, { open }]) => open).map(([seq]) => seq - 1);
    const lines = await this.ask("messages", { user: chat, after: Math.max(0, Math.min(settled, ...unsettled)) });
    if (person !== this.person.value || place !== (this.place?.value ?? "")) return; // chosen otherwise meanwhile
    const isNear = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    const changed = lines.filter((line) => this.belongs(line, place) && this.show(line));
    if (changed.length && isNear) this.log.scrollTop = this.log.scrollHeight;
  }

  belongs(line, place) { // Slack gives everything a person sees
    return this.platform !== "slack" || (place ? line.channel === place : line.channel.startsWith("D"));
  }

  show(line) {
    const key = JSON.stringify(line);
    const before = this.shown.get(line.seq);
    if (before?.key === key) return false;
    const node = this.draw(line);
    if (before) before.node.replaceWith(node);
    else this.log.append(node);
    this.log.querySelector(".empty")?.remove();
    this.shown.set(line.seq, { key, node, open: line.direction === "in" && UNSETTLED.has(line.state) });
    return true;
  }

  draw(line) {
    const mine = line.direction === "in";
    const node = element("article", `line ${line.direction} ${line.state}`);
    const name = mine ? this.nameOf(line.user) : words.bot;
    const face = element("span", "face", mine ? [...name][0] : "🛎");
    face.setAttribute("aria-hidden", "true");
    const bubble = element("div", "bubble");
    if (line.image) bubble.append(this.picture(line.image));
    if (line.text) bubble.append(element("p", "words", line.text));
    if (line.file && !line.image) bubble.append(element("p", "words", `📎 ${line.file}`));
    const body = element("div", "body");
    body.append(element("p", "name", name), bubble);
    if (line.buttons.length) body.append(this.menu(line));
    body.append(this.meta(line));
    node.append(face, body);
    return node;
  }

  nameOf(user) {
    const found = [...this.person.options].find((option) => option.value === (user ?? this.person.value));
    return found?.text ?? user;
  }

  picture(address) {
    const picture = element("img", "picture");
    const path = new URL(address, location.href).pathname.replace(/^\/sim\//, "/playground/sim/");
    Object.assign(picture, { src: path, alt: words.picture });
    return picture;
  }

  menu(line) {
    const menu = element("div", "menu");
    for (const button of line.buttons) {
      const isLink = /^https?:\/\//i.test(button.url ?? "");
      const made = element(isLink ? "a" : "button", "choice", button.title);
      if (isLink) Object.assign(made, { href: button.url, target: "_blank", rel: "noopener noreferrer" });
      else Object.assign(made, { type: "button", onclick: () => this.tap(line, button) });
      menu.append(made);
    }
    return menu;
  }

  meta(line) {
    const state = { pending: "sent", sending: "sent" }[line.state] ?? line.state;
    const isWorth = line.direction === "in" || ["passive", "fault", "failed"].includes(state);
    const time = new Date(line.at).toLocaleTimeString(locale, { timeStyle: "short" });
    const parts = [time, line.thread && words.thread, isWorth && words[state]];
    return element("p", "meta", parts.filter(Boolean).join(" · "));
  }

  // --- the simulator ------------------------------------------------------------------------------------------------

  ask(verb, query = {}) {
    return request(`/playground/sim/${this.platform}/${verb}?${new URLSearchParams(query)}`);
  }

  tell(verb, body) {
    return request(`/playground/sim/${this.platform}/${verb}`, { method: "POST", body: JSON.stringify(body) });
  }
}

async function request(address, options) {
  const answer = await fetch(address, options);
  const content = await answer.json();
  if (answer.status >= 500) throw new Error(content.error);
  if (!answer.ok) throw new Refused(content.error);
  return content;
}

function element(tag, className, content = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}

document.getElementById("lang").onchange = (event) => event.currentTarget.form.submit();
for (const root of document.querySelectorAll(".phone")) new Phone(root).run();
