// The page holds no credentials: its server signs one URL per request. Used by the page and by the worker.

/** @type {import("../src/border/types.ts").Presign} */
export async function presign(request, signal) {
  const response = await fetch("/presign", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
    signal,
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? `the signing server answered ${response.status}`);
  return answer;
}
