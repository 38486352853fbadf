// The store of a worker is the page's: what it asks for goes over a channel.
import { standIn } from "../../node/support/store.js";

const channel = new BroadcastChannel("presealed-store");
const waiting = new Map();
let last = 0;

channel.onmessage = ({ data: { answered, error, status, headers, body } }) => {
  const { resolve, reject } = waiting.get(answered) ?? {};
  waiting.delete(answered);
  if (error) reject?.(new TypeError(error));
  else resolve?.(new Response(body, { status, headers }));
};

standIn((url, headers, body) => new Promise((resolve, reject) => {
  waiting.set(last += 1, { resolve, reject });
  channel.postMessage({ asked: last, url, headers, body });
}));
