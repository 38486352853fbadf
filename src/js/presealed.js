// The package's entry: the calls and classes of the bindings, of which none reaches the wasm module before it has started.
import * as bindings from "./bindings.js";
import { drive, outsideOf, within } from "./drive.js";
import { effects } from "./effects.js";
import { failure } from "./failure.js";
import { opened } from "./object.js";
import { streamed } from "./sink.js";
import { snapshot } from "./snapshot.js";
import { hasStarted, init } from "./start.js";

export { indexedDbCheckpoints } from "./checkpoints.js";
export { isPresealedError } from "./failure.js";
export { EncryptedObject } from "./object.js";
export { init as default, initSync } from "./start.js";

/** @import { Continuation, Journey } from "./bindings.js" */
/** @import { Outside } from "./drive.js" */

/**
 * A call that promises: one made before the start begins it, with what it was given as it was then.
 * @template {any[]} Args
 * @template Value
 * @param {(...args: Args) => Value | Promise<Value>} run
 * @returns {(...args: Args) => Promise<Value>}
 */
const promising = (run) => (...args) => {
  const call = async (/** @type {Args} */ given) => run(...given);
  if (hasStarted()) return call(args);
  try {
    const taken = /** @type {Args} */ (args.map((value) => snapshot(value)));
    return init().then(() => call(taken));
  } catch (cause) {
    // A getter or a proxy of the caller's.
    return Promise.reject(failure("misuse", "the options cannot be read, see the cause", cause));
  }
};

/**
 * A call whose journey a machine decides.
 * @template {any[]} Args
 * @template Value
 * @param {(...args: Args) => Journey<Value>} begin
 */
const journey = (begin) => promising(async (/** @type {Args} */ ...args) => (await drive(within(() => begin(...args)), effects)).value);

/**
 * Encrypts content, whose body is made in one of two ways.
 * @template Body
 * @param {(next: Continuation, outside: Outside) => Body | Promise<Body>} bodyOf
 */
const encrypting = (bodyOf) => promising(async (/** @type {Parameters<typeof bindings.encryptContent>} */ ...args) => {
  const begun = within(() => bindings.encryptContent(...args));
  const outside = outsideOf(begun);
  const { value, next } = await drive(begun, effects, outside);
  const { instructionFile: file, ...beside } = value;
  const body = await bodyOf(/** @type {Continuation} */ (next), outside);
  return { ...beside, body, ...(file && { instructionFile: { body: new Blob([file.text]), headers: file.headers } }) };
});

export const encrypt = encrypting(async (next, outside) => (await drive(within(() => next.goOn("blob")), effects, outside)).thing);
export const encryptStream = encrypting((next, outside) => streamed((reader, signal) => {
  outside.signals.push(signal);
  return drive(within(() => next.goOn("stream")), effects, Object.assign(outside, { reader }));
}));

export const abortUpload = journey(bindings.abortUpload);
export const engine = journey(bindings.engine);
export const getObject = promising((/** @type {Parameters<typeof bindings.getObject>} */ ...args) => opened(within(() => bindings.getObject(...args))));
export const getUnauthenticatedRange = promising(async (/** @type {Parameters<typeof bindings.getUnauthenticatedRange>} */ ...args) => {
  const { value, thing } = await drive(within(() => bindings.getUnauthenticatedRange(...args)), effects);
  return { blob: thing, ...value };
});
export const inspectObject = journey(bindings.inspectObject);
export const openObject = promising((/** @type {Parameters<typeof bindings.openObject>} */ ...args) => opened(within(() => bindings.openObject(...args))));
export const putObject = journey(bindings.putObject);
export const releaseBlob = journey(bindings.releaseBlob);
export const rewrapInstructionFile = journey(bindings.rewrapInstructionFile);

function needsStart() {
  if (!hasStarted()) throw failure("misuse", "await init() before making a keyring");
}

/**
 * A class whose constructor and own static methods need the module. Those that promise start it, and give a journey.
 * @template {Function & Record<string | symbol, any>} Class
 * @param {Class} Class
 * @param {(string | symbol)[]} promises
 */
function guarded(Class, promises = []) {
  const own = Reflect.ownKeys(Class);
  return new Proxy(Class, {
    construct(target, args, newTarget) {
      needsStart();
      return within(() => Reflect.construct(target, args, newTarget));
    },
    get(target, name) {
      const member = target[name];
      if (typeof member !== "function" || !own.includes(name)) return member;
      const method = (/** @type {any[]} */ ...args) => target[name](...args);
      if (promises.includes(name)) return journey(method);
      return (/** @type {any[]} */ ...args) => {
        needsStart();
        return within(() => method(...args));
      };
    },
  });
}

/**
 * Refuses, where a handle was freed, what its methods and getters would hand on to the module.
 * @template {{ prototype: any }} Class
 * @param {Class} Class
 */
function mindful(Class) {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))) {
    if (name === "constructor" || name.startsWith("__")) continue;
    const kind = descriptor.get ? "get" : "value";
    const { [kind]: method } = /** @type {Record<string, any>} */ (descriptor);
    const freed = () => {
      if (name === "free") return undefined;
      throw failure("misuse", "the keyring was freed");
    };
    /** @type {(this: any, ...args: any[]) => unknown} */
    const checked = function (...args) {
      return this?.__wbg_ptr > 0 ? method.apply(this, args) : freed();
    };
    Object.defineProperty(Class.prototype, name, { ...descriptor, [kind]: checked });
  }
  if (Symbol.dispose) Class.prototype[Symbol.dispose] = Class.prototype.free;
  return Class;
}

export const KeyringSelector = guarded(mindful(bindings.KeyringSelector));
export const KmsKeyring = guarded(mindful(bindings.KmsKeyring));
export const PassphraseKeyring = guarded(mindful(bindings.PassphraseKeyring));
export const RawAesKeyring = guarded(mindful(bindings.RawAesKeyring));
export const RawRsaKeyring = guarded(mindful(bindings.RawRsaKeyring), ["fromKeys"]);
