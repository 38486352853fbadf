//! Machines, side by side, and what is outside of them; a schedule decides what happens next.

use presealed::machine::{Desk, Event, Failure, Step};

use super::{
    choices::Choices,
    outside::{Faults, Outside},
    rules::Rules,
    run::{Happening, Run},
};

pub struct World<'a, T> {
    pub outside: Outside,
    pub runs: Vec<Run<T>>,
    watch: Box<dyn FnMut(&Happening<'_>) + 'a>,
    /// How often something happens instead of an answer, of 256.
    pub stops: u16,
    pub drops: u16,
    pub cleans_up: Option<fn(&Step) -> bool>,
    searches: bool,
    turns: usize,
}

impl<'a, T: 'static> World<'a, T> {
    /// Of those choices, of which the first say how much goes wrong.
    pub fn new(choices: &mut Choices) -> Self {
        let mut outside = Outside::new(std::mem::replace(choices, Choices::new(&[])));
        let rates = [0, 30, 120, 300];
        let mut rate = || outside.choices.of(&rates);
        outside.faults = Faults {
            passing: rate(),
            lies: rate() / 2,
            platform: rate() / 4,
            file: rate() / 4,
            keeping: rate() / 2,
        };
        let stops = outside.choices.of(&[0, 8, 24]);
        let drops = outside.choices.of(&[0, 0, 4, 12]);
        let searches = outside.choices.below(64) == 1;
        Self {
            outside,
            runs: Vec::new(),
            watch: Box::new(|_| {}),
            stops,
            drops,
            cleans_up: None,
            searches,
            turns: 0,
        }
    }

    /// One in which nothing goes wrong.
    pub fn quiet() -> Self {
        Self::new(&mut Choices::new(&[]))
    }

    /// Whether nobody stops it or goes away.
    pub fn is_left_alone(&self) -> bool {
        self.stops == 0 && self.drops == 0
    }

    /// Whether all that is done for it goes well besides, but for the file and who keeps checkpoints.
    pub fn is_quiet(&self) -> bool {
        let faults = self.outside.faults;
        self.is_left_alone() && (faults.passing, faults.lies, faults.platform) == (0, 0, 0)
    }

    pub fn watch(&mut self, watch: impl FnMut(&Happening<'_>) + 'a) {
        self.watch = Box::new(watch);
    }

    pub fn start<J>(&mut self, journey: impl FnOnce(Desk) -> J) -> usize
    where
        J: Future<Output = Result<T, Failure>> + 'static,
    {
        let number = self.runs.len();
        let rules = Rules::new(self.searches, self.cleans_up);
        self.runs.push(Run::new(number, self.outside.now_ms, rules, journey));
        self.runs[number].go_on(&mut self.outside, &mut self.watch);
        number
    }

    pub fn follow<J>(&mut self, run: usize, journey: impl FnOnce(Desk) -> J)
    where
        J: Future<Output = Result<T, Failure>> + 'static,
    {
        self.runs[run].follow(journey);
        self.runs[run].go_on(&mut self.outside, &mut self.watch);
    }

    /// What happens next; false if nothing can.
    pub fn turn(&mut self) -> bool {
        let mut open = Vec::new();
        for run in &self.runs {
            open.extend((0..run.pending.len()).map(|index| (run.number, index)));
        }
        if open.is_empty() {
            return false;
        }
        self.turns += 1;
        assert!(self.turns < 100_000, "there is no end to it");
        let chosen = self.outside.choices.next();
        let (what, which) = (chosen >> 8, usize::from(chosen & 0xff));
        let (number, index) = open[which % open.len()];
        let run = &mut self.runs[number];
        // The highest numbers: zero is an answer.
        let from_top = 255 - what;
        if from_top < self.stops {
            run.stop();
        } else if from_top < self.stops + self.drops {
            run.drop_journey();
        } else if from_top < self.stops + self.drops + 8 {
            let (id, most) = (run.pending[index].id, run.sent_by(index));
            let bytes = most * u64::from(self.outside.choices.next()) / u64::from(u16::MAX);
            run.notice(id, Event::Moved(bytes));
        } else {
            run.answer(index, &mut self.outside, &mut self.watch);
            if self.stops > 0 && self.outside.choices.yes(40) {
                // After the answer, and before anybody looks.
                run.stop();
            }
            // More may come before that.
            if !run.pending.is_empty() && self.outside.choices.yes(200) {
                return true;
            }
        }
        run.go_on(&mut self.outside, &mut self.watch);
        true
    }

    /// Every caller wants no more of it.
    pub fn stop_all(&mut self) {
        for run in &mut self.runs {
            run.stop();
            run.go_on(&mut self.outside, &mut self.watch);
        }
    }

    pub fn vanish(&mut self, run: usize) {
        self.runs[run].vanish(&mut self.outside);
    }

    pub fn to_the_end(&mut self) {
        while self.turn() {}
        assert!(self.runs.iter().all(Run::is_over), "a machine is stuck");
    }

    /// How a run ended; then nothing of it is left.
    pub fn close(&mut self, run: usize) -> Option<Result<(), Failure>> {
        self.runs[run].close(&mut self.outside, &mut self.watch)
    }

    pub fn close_all(&mut self) {
        for run in 0..self.runs.len() {
            self.close(run);
        }
    }
}
