// Base64 for short things such as keys.

export const toBase64 = (data) => btoa(String.fromCharCode(...data));

export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
