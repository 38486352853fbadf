//! Machines under every schedule: steps answered in any order, with losses, refusals and failures, stopped or dropped anywhere. What holds of
//! every machine is checked by `machine::rules` in each of them; what holds of one is in the module of its name.

mod buffer;
mod choices;
mod file;
mod network;
mod objects;
mod outside;
mod rules;
mod run;
mod secrets;
mod shown;
mod store;
mod webcrypto;
mod world;

mod abort;
mod cbc;
mod encrypt;
mod get;
mod inspect;
mod open;
mod put;
mod range;
mod rewrap;
mod room;
mod toys;
