const { default: init, PassphraseKeyring, getObject, putObject } = require("presealed");
const { outcomeOf, thereAndBack } = require("./journeys.js");

outcomeOf({
  async [process.version]() {
    await init();
    return thereAndBack({ getObject, putObject }, PassphraseKeyring.fromPassphrase("correct horse battery staple"));
  },
}).then((outcome) => console.log(JSON.stringify(outcome)));
