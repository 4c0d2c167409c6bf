// The list at the door: it finds while somebody types, and keeps what is pressed until there is a connection.
// Without this file each press is a post of its own (events/views/door.py).

const door = document.getElementById("door");
if (door) watchDoor();
for (const form of document.querySelectorAll("[data-enter-moves-on]")) moveOnByEnter(form);

function watchDoor() {
  const BATCH = 100; // events/sending.py: MOST_AT_ONCE
  const RETRY = 10_000;
  const texts = door.dataset;
  const place = `door:${texts.event}:${texts.user}`;
  const token = door.querySelector("[name=csrfmiddlewaretoken]").value;
  const search = document.getElementById("door-words");
  const news = document.getElementById("door-news");
  const box = document.getElementById("door-waiting");
  const walkIn = document.querySelector("#door-walk-in form");
  const original = new Map(); // what each line said when nothing was waiting
  let unsaved = []; // where the phone keeps nothing for us
  let isSending = false;
  let timer = 0;

  // --- the queue: presses with a key, the oldest first; `problem` on a walk-in that was refused ---

  function queued() {
    try {
      return JSON.parse(localStorage.getItem(place) ?? "[]");
    } catch {
      return unsaved;
    }
  }

  function keep(presses) {
    unsaved = presses;
    try {
      if (presses.length) localStorage.setItem(place, JSON.stringify(presses));
      else localStorage.removeItem(place);
    } catch {
      // a full or closed store: what is in this page is still sent
    }
  }

  function press(what) {
    keep([...queued(), { key: newKey(), at: Date.now(), ...what }]);
    draw();
    send();
  }

  /** A random UUID; crypto.randomUUID is only there where the page came by https. */
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // --- sending ---

  async function send() {
    const batch = queued().filter((one) => !one.problem).slice(0, BATCH);
    clearTimeout(timer);
    if (isSending || !batch.length) return;
    isSending = true;
    let problem = "";
    try {
      problem = await post(batch);
    } catch {
      // no connection: it is tried again
    }
    isSending = false;
    draw(problem);
    const left = queued().filter((one) => !one.problem);
    const isNew = left.some((one) => !batch.some((sent) => sent.key === one.key));
    if (left.length) timer = setTimeout(send, isNew ? 0 : RETRY);
  }

  /** Send these; returns what is to be told where the server does not take them, and throws where it is not reached. */
  async function post(batch) {
    const presses = batch.map(({ at, name, ...one }) => ({ ...one, ago: Math.max(0, (Date.now() - at) / 1000) }));
    const response = await fetch(texts.send, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ presses }),
      redirect: "manual",
      signal: AbortSignal.timeout(20_000),
    });
    if (response.type === "opaqueredirect") return texts.signedOut;
    if (response.status >= 500 || response.status === 429) throw new Error(response.statusText);
    if (!response.ok) return texts.refused;
    const { answers, count } = await response.json();
    for (const answer of answers) take(answer, batch.find((one) => one.key === answer.key));
    for (const [name, number] of Object.entries(count)) {
      for (const shown of document.querySelectorAll(`[data-count="${name}"]`)) shown.textContent = number;
    }
    return "";
  }

  function take(answer, sent) {
    const others = queued().filter((one) => one.key !== answer.key);
    if (sent.do === "walk_in" && answer.state === "refused") {
      keep([...others, { ...sent, problem: answer.words }]);
      return;
    }
    keep(others);
    if (sent.do === "walk_in") addLine(answer.who, sent.name);
    const line = lineOf(answer.who);
    if (!line) return;
    if (answer.state === "refused") original.set(line, { ...stateOf(line), words: answer.words });
    else original.set(line, { isIn: answer.state === "in", words: answer.words });
    news.textContent = [nameOf(line), answer.words, answer.note].filter(Boolean).join(": ");
  }

  // --- what is shown ---

  const lineOf = (who) => door.querySelector(`[data-who="${CSS.escape(who)}"]`);
  const nameOf = (line) => line.querySelector(".door-name").textContent;

  /** How a line stands by what the server said last. */
  function stateOf(line) {
    if (!original.has(line)) {
      const words = line.querySelector("[data-status]").textContent;
      original.set(line, { isIn: !line.querySelector("[name=undo]").hidden, words });
    }
    return original.get(line);
  }

  function draw(problem = "") {
    const presses = queued();
    const waiting = new Map(presses.map((one) => [one.who, one]));
    for (const line of door.querySelectorAll(".door-line")) {
      const [told, last] = [stateOf(line), waiting.get(line.dataset.who)];
      const isIn = last ? last.do === "check_in" : told.isIn;
      line.querySelector("[data-status]").textContent = last ? texts.waiting : told.words;
      line.querySelector("[name=undo]").hidden = !isIn;
      for (const control of line.querySelectorAll("[name=check_in], select")) control.hidden = isIn;
    }
    drawWaiting(presses, problem);
  }

  function drawWaiting(presses, problem) {
    const told = box.querySelector("[data-waiting-problem]");
    box.hidden = presses.length === 0;
    box.querySelector("[data-waiting-count]").textContent = texts.waitingCount.replace("%(count)s", presses.length);
    told.textContent = problem;
    told.hidden = !problem;
    const list = box.querySelector("[data-waiting-list]");
    list.replaceChildren(...presses.filter((one) => one.do === "walk_in").map(waitingWalkIn));
  }

  function waitingWalkIn(one) {
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("bdi"), { textContent: one.name });
    item.append(name, `: ${one.problem ?? texts.waiting} `);
    const drop = () => {
      keep(queued().filter((other) => other.key !== one.key));
      draw();
    };
    if (one.problem) item.append(plainButton(texts.correct, () => correct(one, drop)), " ");
    item.append(plainButton(texts.remove, drop));
    return item;
  }

  function plainButton(words, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
    button.className = "button-link";
    button.addEventListener("click", act);
    return button;
  }

  /** Put what was typed back into the form. */
  function correct(one, drop) {
    if (!walkIn) return;
    for (const [name, value] of Object.entries(one.typed)) {
      const field = walkIn.elements[name];
      if (field?.type === "checkbox") field.checked = true;
      else if (field) field.value = value;
    }
    drop();
    document.getElementById("door-walk-in").open = true;
    walkIn.elements.contact.focus();
  }

  function addLine(who, name) {
    if (lineOf(who)) return;
    const line = document.getElementById("door-line").content.firstElementChild.cloneNode(true);
    line.dataset.who = who;
    line.dataset.name = folded(name);
    line.querySelector(".door-name").textContent = name;
    for (const button of line.querySelectorAll("button")) button.value = who;
    for (const whose of line.querySelectorAll("[data-whose]")) whose.textContent = `: ${name}`;
    door.querySelector(".door-list").append(line);
  }

  // --- finding ---

  /** As foundation/places/keys.py name_key has it: small letters without accents and punctuation. */
  function folded(text) {
    const plain = { ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i", ß: "ss" };
    const small = text.toLowerCase().normalize("NFKD").replace(/[łøđðþæœıß]/g, (letter) => plain[letter]);
    return small.replace(/[\p{M}'’‘ʻʼ`´]/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  function find() {
    const words = folded(search.value).split(" ");
    let found = 0;
    for (const line of door.querySelectorAll(".door-line")) {
      line.hidden = !words.every((word) => line.dataset.name.includes(word));
      found += !line.hidden;
    }
    document.getElementById("door-nobody").hidden = found > 0;
    if (!found && walkIn) document.getElementById("door-walk-in").open = true;
  }

  // --- what people do ---

  door.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.value) return;
    event.preventDefault();
    const guests = button.closest(".door-line").querySelector("select");
    press({ do: button.name, who: button.value, guests: button.name === "check_in" && guests ? Number(guests.value) : 0 });
    search.focus({ preventScroll: true });
    search.select();
  });

  walkIn?.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = [...walkIn.elements].find((field) => !field.checkValidity());
    if (missing) {
      missing.reportValidity();
      return;
    }
    const typed = Object.fromEntries(new FormData(walkIn));
    delete typed.csrfmiddlewaretoken;
    press({ do: "walk_in", who: "", typed, name: `${typed.given_name} ${typed.family_name}`.trim() });
    walkIn.reset();
    walkIn.elements.given_name.focus();
  });

  search.addEventListener("input", find);
  search.form.addEventListener("submit", (event) => {
    if (!search.form.dataset.more) event.preventDefault(); // everybody is on this page
  });
  addEventListener("online", send);
  addEventListener("storage", (event) => event.key === place && draw());
  document.addEventListener("visibilitychange", () => document.hidden || send());

  draw();
  send();
}

/** On the page on which a sheet is entered, Enter goes to the next field; the button at the end saves. */
function moveOnByEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), button")];
    fields[fields.indexOf(event.target) + 1]?.focus();
  });
}
