//! Machines under every schedule: steps answered in any order, with losses, refusals and failures, stopped or dropped anywhere. What holds of
//! every machine is checked by `machine::rules` in each of them; what holds of one is in the module of its name.

mod buffer;
mod choices;
mod network;
mod outside;
mod rules;
mod run;
mod store;
mod webcrypto;
mod world;

mod abort;
mod encrypt;
mod get;
mod inspect;
mod put;
mod toys;
