// A store that listens, and the signer of what it takes.
import { hasFiles, runtime } from "../runtime.js";

let address;

async function found() {
  if (hasFiles) return (await import("../store-server.js")).startStore();
  const settings = runtime === "workerd" ? (await import("../settings.json")).default : await (await fetch("/api/settings.json")).json();
  return settings.store;
}

/** A signer; `faultOf` says of a request whether it is cut, or refused with a status. */
export async function signerOfStore(faultOf = () => undefined) {
  address ??= await found();
  const log = [];
  const presign = async (request) => {
    log.push(request);
    const url = new URL(address);
    url.searchParams.set("request", JSON.stringify(request));
    const fault = faultOf(request, log);
    if (fault) url.searchParams.set("fault", fault);
    return { url: url.href };
  };
  return { presign, log };
}
