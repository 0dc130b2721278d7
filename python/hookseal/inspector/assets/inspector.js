// The inspector's pages work without this: it adds live rows, keys and copying. Nothing here builds HTML from text.
"use strict";

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// -- live list: ask every 1.5 s while somebody looks; 204 means that nothing changed -------------------------------
const live = find("#live");

function show(fragment) {
  const fresh = new DOMParser().parseFromString(`<table>${fragment}</table>`, "text/html").querySelector("#rows");
  const rows = find("#rows");
  const known = new Set([...rows.rows].map((row) => row.id));
  const focused = rows.contains(document.activeElement) ? document.activeElement.closest("tr").id : null;
  const news = [...fresh.rows].filter((row) => !known.has(row.id));
  news.forEach((row) => row.classList.add("fresh"));
  rows.replaceWith(document.adoptNode(fresh));
  if (focused) document.getElementById(focused)?.querySelector(".open").focus();
  if (fresh.rows.length) find("#nothing")?.remove();
  live.dataset.version = fresh.dataset.version;
  return news.length;
}

let calm;

function say(text) { // and be calm again, unless it still holds then
  live.textContent = text;
  clearTimeout(calm);
  if (text !== live.dataset.lost) calm = setTimeout(() => (live.textContent = live.dataset.on), 10000);
}

async function poll() {
  if (!document.hidden) {
    try {
      const address = new URL(live.dataset.live, location.href);
      address.searchParams.set("version", live.dataset.version);
      const answer = await fetch(address, { cache: "no-store", redirect: "error" });
      if (answer.status !== 200 && answer.status !== 204) throw new Error(answer.status);
      const count = answer.status === 200 ? show(await answer.text()) : 0;
      if (count) say(`${count} ${live.dataset.news}`);
      else if (live.classList.contains("lost")) say(live.dataset.on);
      live.classList.remove("lost");
    } catch {
      say(live.dataset.lost);
      live.classList.add("lost");
    }
  }
  setTimeout(poll, 1500);
}

if (live?.dataset.live) {
  live.hidden = false;
  live.textContent = live.dataset.on;
  setTimeout(poll, 1500);
}

// -- keys ----------------------------------------------------------------------------------------------------------
const keys = find("#keys");

function step(distance) {
  const links = all(".open");
  if (!links.length) return find(distance > 0 ? "[rel=next]" : "[rel=prev]")?.click();
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(Math.max(at + distance, 0), links.length - 1)].focus();
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  u: () => find("[data-up]")?.click(),
  "/": () => find("#search")?.focus(),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (event) => {
  const arrow = event.key.startsWith("Arrow");
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && typing) typing.blur();
  if (typing || keys.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (arrow && !event.target.closest(".open")) return; // elsewhere the arrows scroll
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

all("[data-keys]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => keys.showModal());
});

// -- forms and copying ---------------------------------------------------------------------------------------------
all("[data-submits]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));

all("[data-copies]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = before), 1500);
  });
});
