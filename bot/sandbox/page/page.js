/** The page: one phone for each person in the sandbox's world, kept as the world is. */
import { Phone } from "./phone.js";
import * as world from "./world.js";

const LOOK_AGAIN_MS = 1000;
const CONNECTIONS = {
  open: "Connected",
  lost: "The connection to the sandbox is lost. Trying again…",
};

const stage = document.querySelector(".phones");
const waiting = document.querySelector(".waiting");
const connection = document.querySelector(".connection");
const phones = new Map();
let held = null; // events that arrive while the chats are being read; null when none are
let reading = Promise.resolve();

world.listen({ opened, lost: () => tell("lost"), received });

function opened() {
  tell("open");
  readAgain();
}

function tell(state) {
  connection.dataset.connection = state;
  connection.textContent = CONNECTIONS[state];
}

function received(event) {
  if (held) held.push(event);
  else if (!deliver(event)) readAgain();
}

function deliver(event) {
  return phones.get(event.phone)?.receive(event) ?? false;
}

/** One reading after the other; what happens meanwhile is held and delivered on top of what was read. */
function readAgain() {
  reading = reading.then(readWorld).catch(() => setTimeout(readAgain, LOOK_AGAIN_MS));
}

async function readWorld() {
  held ??= [];
  const people = await world.phones();
  const bots = await Promise.all(people.map(({ language_code: language }) => world.bots(language)));
  arrange(people, bots);
  await Promise.all([...phones.values()].map((phone) => phone.load()));
  const happened = held ?? [];
  held = null;
  const unplaced = happened.filter((event) => !deliver(event));
  if (unplaced.length > 0) readAgain();
  else if (phones.size === 0) setTimeout(readAgain, LOOK_AGAIN_MS);
}

/** Keeps the phones that are still there (and what is being typed in them), in the world's order. */
function arrange(people, bots) {
  const known = new Map(phones);
  phones.clear();
  people.forEach((person, index) => {
    const kept = known.get(person.id);
    if (bots[index].length > 0)
      phones.set(person.id, kept?.knows(bots[index]) ? kept : new Phone(person, bots[index], () => neighboursOf(person.id)));
  });
  place([...phones.values()].map((phone) => phone.element));
}

/** Touches the stage only when it changes: a phone that is taken out and put back forgets where it was scrolled to. */
function place(views) {
  const shown = [...stage.querySelectorAll(":scope > .phone")];
  waiting.hidden = views.length > 0;
  if (views.length !== shown.length || views.some((view, index) => view !== shown[index])) stage.replaceChildren(waiting, ...views);
}

function neighboursOf(id) {
  return [...phones.values()].filter((phone) => phone.id !== id);
}
