// For Parcel, which does not read the map of exports unless it is told to.
export * from "../element/inline.js";
