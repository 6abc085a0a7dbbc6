/**
 * The sandbox's world over HTTP: the only module that speaks to the server.
 *
 * Verbs answer `{ok, message_id?, error?}` and never throw: a refusal is something to show on the phone.
 * Readings (`phones`, `bots`, `chats`, `commands`) throw when the sandbox can't be reached.
 */

const REOPEN_AFTER_MS = 2000;
const UNREACHABLE = "The sandbox does not answer. Is it still running?";

export const phones = () => read("phones");
export const bots = (language) => read(`bots?language=${encodeURIComponent(language ?? "")}`);
export const chats = (phone) => read(`phones/${phone}/chats`);
export const commands = (phone, bot) => read(`phones/${phone}/commands?bot=${encodeURIComponent(bot)}`);

export const say = (phone, bot, text, replyTo) => act(phone, "say", { bot, text, reply_to: replyTo ?? undefined });
export const press = (phone, bot, messageId, data) => act(phone, "press", { bot, message_id: messageId, data });
export const edit = (phone, bot, messageId, text) => act(phone, "edit", { bot, message_id: messageId, text });
export const remove = (phone, bot, messageId) => act(phone, "delete", { bot, message_id: messageId });
export const block = (phone, bot) => act(phone, "block", { bot });
export const unblock = (phone, bot) => act(phone, "unblock", { bot });

/** Sends a file, or with `file` null something that needs none (a location). */
export function attach(phone, bot, kind, file, caption) {
  const form = new FormData();
  form.append("bot", bot);
  form.append("kind", kind);
  if (caption) form.append("caption", caption);
  if (file) form.append("file", file, file.name);
  return post(phone, "attach", { body: form });
}

/**
 * Follows the world's changes until the page closes, reopening whenever the stream breaks.
 *
 * `opened` runs on every (re)connection: what happened in between is not repeated, so read the chats again.
 */
export function listen({ opened, lost, received }) {
  const source = new EventSource("/world/stream");
  source.onopen = opened;
  source.onmessage = (event) => received(JSON.parse(event.data));
  source.onerror = () => {
    lost();
    // The browser retries broken connections itself, but gives up after a refusal such as 502.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen({ opened, lost, received }), REOPEN_AFTER_MS);
  };
}

async function read(path) {
  const response = await fetch(`/world/${path}`);
  if (!response.ok) throw new Error(`The sandbox answered ${response.status} for /world/${path}`);
  return response.json();
}

function act(phone, verb, fields) {
  return post(phone, verb, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) });
}

async function post(phone, verb, request) {
  try {
    const response = await fetch(`/world/phones/${phone}/${verb}`, { method: "POST", ...request });
    return await response.json();
  } catch {
    return { ok: false, error: UNREACHABLE };
  }
}
