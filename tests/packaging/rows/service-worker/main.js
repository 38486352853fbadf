const { serviceWorker } = navigator;

serviceWorker.addEventListener("message", ({ data }) => { window.outcome = data; });
await serviceWorker.register(`./sw.js${location.search}`, { type: "module" });
(await serviceWorker.ready).active.postMessage("go");
