// The page of a service worker, which says what its tests do.
window.said = [];

try {
  const registration = await navigator.serviceWorker.register("/service-worker.js", { type: "module", scope: "/" });
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data === undefined) window.ended = true;
    else window.said.push(data);
  });
  await navigator.serviceWorker.ready;
  registration.active.postMessage("run");
  // Firefox ends a service worker a minute after the last event.
  setInterval(() => registration.active.postMessage("stay"), 10_000);
} catch (error) {
  window.said.push(`✖ the service worker: ${error?.stack ?? error}`, "ℹ fail 1");
  window.ended = true;
}
