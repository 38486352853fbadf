import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { outcomeOf, thereAndBack } from "../../journeys.js";

export const dynamic = "force-dynamic";

export async function GET() {
  return Response.json(await outcomeOf({
    async route() {
      await init();
      return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase("correct horse battery staple"));
    },
  }));
}
