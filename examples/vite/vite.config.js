import { text } from "node:stream/consumers";
import { sign } from "./sign.js";

// Where Vite serves the page, it signs as well. Elsewhere, that is your own server's to do.
async function answer(request, response, next) {
  try {
    const { method, headers } = request;
    const body = method === "POST" ? await text(request) : undefined;
    const signed = await sign(new Request("http://localhost/presign", { method, headers, body }));
    response.writeHead(signed.status, { "content-type": "application/json" }).end(await signed.text());
  } catch (error) {
    next(error);
  }
}

const serve = ({ middlewares }) => { middlewares.use("/presign", answer); };

export default { plugins: [{ name: "sign", configureServer: serve, configurePreviewServer: serve }] };
