//! The model: operations that run at once over both tables, step by step.
//!
//! A step answers one call of one operation, at one instant. Every order of the steps is explored.
//! An operation that never gets another step has crashed, so crashes need no step of their own.
//! When time passes, it passes by more than an operation may last, so operations under way are cut
//! short.

use std::fmt::Write as _;
use std::sync::Arc;

use dashmap::DashMap;
use jiff::Timestamp;
use shared::store::replay::{Answer, Call, Key, Rows};
use stateright::{Model, Property};

use crate::operation::{Given, Standing, run};
use crate::state::{Scenario, State};
use crate::statements;
use crate::tables::{Numbered, Tables};
use crate::wire::Ses;

/// The number of a run that was under way when its time was over.
const GONE: u32 = u32::MAX;

/// A step. The numbers are those of the journey and of its call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// A call is answered.
    Answer(usize, usize),
    /// A call is done, and its answer is lost: the function sees an error.
    Lose(usize, usize),
    /// A write is done, its answer is lost, and the SDK sends the write again.
    Repeat(usize, usize),
    /// SES answers a mail.
    Mail(usize, usize, Ses),
    /// More time passes than an operation may last: operations under way are cut short.
    Wait,
}

/// A run, with the answers that brought it to its present state.
struct Run {
    journey: usize,
    start: u8,
    given: Vec<(u8, Given)>,
    standing: Standing,
}

/// The identity of a run: its start and its answers, or its end.
#[derive(Clone, Eq, Hash, PartialEq)]
enum Name {
    Under(usize, u8, Vec<(u8, usize, Reply)>),
    Ended(usize, String),
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Reply {
    Table(u32),
    Ses(Ses),
}

/// The answer of a call, and the rows after it, by their keys.
type Outcome = (u32, Vec<(usize, u32)>);

/// The model of one scenario.
pub struct Whole {
    /// The scenario that is explored.
    pub scenario: Scenario,
    /// Every key and row that was met.
    pub tables: Tables,
    answers: Numbered<String, Answer>,
    runs: Numbered<Name, Arc<Run>>,
    starts: DashMap<(usize, u8), u32>,
    next: DashMap<(u32, usize, Reply, u8), u32>,
    outcomes: DashMap<(u32, usize, bool, Vec<u32>), Outcome>,
    judged: DashMap<Vec<u32>, u16>,
}

impl Whole {
    /// The model of `scenario`.
    pub fn of(scenario: Scenario) -> Self {
        Self {
            scenario,
            tables: Tables::default(),
            answers: Numbered::default(),
            runs: Numbered::default(),
            starts: DashMap::default(),
            next: DashMap::default(),
            outcomes: DashMap::default(),
            judged: DashMap::default(),
        }
    }

    /// The answer of the journey `number`, if it has ended.
    pub fn answer(&self, state: &State, number: usize) -> Option<(u16, serde_json::Value)> {
        let run = *state.runs.get(number)?;
        if run == 0 || run == GONE {
            return None;
        }
        match &self.runs.value(run).standing {
            Standing::Ends(answer) => {
                let status = answer["statusCode"].as_u64().unwrap_or_default();
                Some((u16::try_from(status).unwrap_or_default(), answer.clone()))
            }
            Standing::Waits { .. } => None,
        }
    }

    /// The numbers of different runs, answers and rows.
    pub fn met(&self) -> (usize, usize, usize) {
        (self.runs.count(), self.answers.count(), self.tables.rows())
    }

    /// A step in words, for a report.
    pub fn tell(&self, state: &State, step: Step) -> String {
        let (journey, number, how) = match step {
            Step::Wait => return "time passes".to_owned(),
            Step::Mail(journey, _, ses) => {
                return format!("{}: SES: {ses:?}", self.scenario.journeys[journey].name);
            }
            Step::Answer(journey, number) => (journey, number, ""),
            Step::Lose(journey, number) => (journey, number, ", answer lost"),
            Step::Repeat(journey, number) => (journey, number, ", sent twice"),
        };
        let run = self.runs.value(self.run_of(state, journey));
        let mut told = format!("{}:", self.scenario.journeys[journey].name);
        if let Some(call) = call_of(&run, number) {
            let verb = if call.writes() { "writes" } else { "reads" };
            let _ = write!(told, " {verb}");
            for key in call.keys() {
                let _ = write!(told, " {}", key.pk());
            }
        }
        let _ = write!(told, "{how}");
        if let Some(next) = self.next_state(state, step)
            && let Some((status, answer)) = self.answer(&next, journey)
        {
            let body = answer["body"].as_str().unwrap_or_default();
            let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
            let _ = write!(told, " → {status} {}", body["code"].as_str().unwrap_or_default());
        }
        told
    }

    fn time(&self, number: u8) -> Timestamp {
        self.scenario.times[usize::from(number)]
    }

    /// The run of a journey. It begins now if it has not begun.
    fn run_of(&self, state: &State, journey: usize) -> u32 {
        match state.runs[journey] {
            0 => {
                let start = *self
                    .starts
                    .entry((journey, state.time))
                    .or_insert_with(|| self.stand(journey, state.time, Vec::new(), Vec::new()));
                self.settle(start, &state.rows, state.time)
            }
            run => run,
        }
    }

    /// The number of the run that began at `start` and got the answers `given`, whose numbers are
    /// `names`.
    fn stand(
        &self,
        journey: usize,
        start: u8,
        given: Vec<(u8, Given)>,
        names: Vec<(u8, usize, Reply)>,
    ) -> u32 {
        let at: Vec<_> =
            given.iter().map(|(time, given)| (self.time(*time), given.clone())).collect();
        let operation = &self.scenario.journeys[journey].operation;
        let standing = run(operation, self.time(start), &at);
        if let Standing::Ends(answer) = &standing {
            let code = answer["body"].as_str().unwrap_or_default();
            let code = serde_json::from_str(code).unwrap_or(serde_json::Value::Null);
            let ended = format!("{} {}", answer["statusCode"], code["code"]);
            return self.runs.number(Name::Ended(journey, ended), || {
                Arc::new(Run { journey, start, given, standing })
            });
        }
        self.runs.number(Name::Under(journey, start, names), || {
            Arc::new(Run { journey, start, given, standing })
        })
    }

    /// The run that follows `run` after its call or mail `number` got this reply.
    fn go_on(&self, number_of_run: u32, number: usize, reply: Reply, time: u8) -> u32 {
        let key = (number_of_run, number, reply, time);
        if let Some(next) = self.next.get(&key) {
            return *next;
        }
        let run = self.runs.value(number_of_run);
        let mut given = run.given.clone();
        given.push((
            time,
            match reply {
                Reply::Table(answer) => Given::Table(number, self.answers.value(answer)),
                Reply::Ses(answer) => Given::Ses(number, answer),
            },
        ));
        let names = given.iter().map(|(time, given)| (*time, self.name(given))).collect::<Vec<_>>();
        let names = names.into_iter().map(|(time, (number, reply))| (time, number, reply));
        let next = self.stand(run.journey, run.start, given.clone(), names.collect());
        self.next.insert(key, next);
        next
    }

    fn name(&self, given: &Given) -> (usize, Reply) {
        match given {
            Given::Table(number, answer) => (*number, Reply::Table(self.number_of(answer))),
            Given::Ses(number, answer) => (*number, Reply::Ses(*answer)),
        }
    }

    fn number_of(&self, answer: &Answer) -> u32 {
        let text = answer.to_json().expect("an answer is JSON").to_string();
        self.answers.number(text, || answer.clone())
    }

    /// The answer of `call`, the call `number` of a run, and the rows after it. The call is done
    /// twice if its first answer was lost and the SDK sent it again.
    fn outcome(
        &self,
        (run, number): (u32, usize),
        call: &Call,
        rows: &[u32],
        twice: bool,
    ) -> Outcome {
        let keys: Vec<Key> = if call.reads_an_index() {
            (0..rows.len()).map(|key| self.tables.key_of(key)).collect()
        } else {
            call.keys()
        };
        let numbers: Vec<usize> = keys.iter().map(|key| self.tables.key(key)).collect();
        let row = |key: &usize| rows.get(*key).copied().unwrap_or_default();
        let before: Vec<u32> = numbers.iter().map(row).collect();
        let key = (run, number, twice, before);
        if let Some(outcome) = self.outcomes.get(&key) {
            return outcome.clone();
        }
        let known = keys
            .iter()
            .zip(&key.3)
            .filter_map(|(key, row)| Some((key.clone(), self.tables.known(*row)?.row.clone())));
        let mut all: Rows = known.collect();
        let mut answer = call.answer(&mut all).expect("a valid call");
        if twice {
            answer = call.answer(&mut all).expect("a valid call");
        }
        let after = |(key, number): (&Key, &usize)| {
            let row = all.get(key).map_or(0, |row| self.tables.row(*number, row.clone()));
            (*number, row)
        };
        let left = keys.iter().zip(&numbers).map(after).zip(&key.3);
        let left = left.filter(|((_, after), before)| after != *before).map(|(after, _)| after);
        let outcome = (self.number_of(&answer), left.collect::<Vec<_>>());
        self.outcomes.insert(key, outcome.clone());
        outcome
    }

    /// Answers the calls that no order of steps can change: counts, whose limits the model leaves
    /// out, and indexes, which are read with the step before.
    fn settle(&self, mut number_of_run: u32, rows: &[u32], time: u8) -> u32 {
        loop {
            let run = self.runs.value(number_of_run);
            let Standing::Waits { tables, .. } = &run.standing else {
                return number_of_run;
            };
            let counts = |call: &Call| {
                let keys = call.keys();
                !keys.is_empty() && keys.iter().all(|key| key.pk().starts_with("throttle#"))
            };
            let aside = tables.iter().find(|(_, call)| counts(call) || call.reads_an_index());
            let Some((number, call)) = aside else {
                return number_of_run;
            };
            let rows: &[u32] = if counts(call) { &[] } else { rows };
            let (answer, _) = self.outcome((number_of_run, *number), call, rows, false);
            number_of_run = self.go_on(number_of_run, *number, Reply::Table(answer), time);
        }
    }

    fn change(&self, state: &mut State, left: &[(usize, u32)]) {
        let before = state.rows.clone();
        for (key, row) in left {
            if state.rows.len() <= *key {
                state.rows.resize(*key + 1, 0);
            }
            state.rows[*key] = *row;
        }
        while state.rows.last() == Some(&0) {
            state.rows.pop();
        }
        state.broken |= statements::broken_by(&self.tables, &before, left, self.time(state.time));
        state.broken |= self.judge(&state.rows);
    }

    /// The statements that `rows` break.
    fn judge(&self, rows: &[u32]) -> u16 {
        if let Some(broken) = self.judged.get(rows) {
            return *broken;
        }
        let broken = statements::broken_in(&self.tables, rows);
        self.judged.insert(rows.to_vec(), broken);
        broken
    }

    /// Records the success of the journey, or its failure, if it has ended.
    fn note(&self, state: &mut State, journey: usize) {
        let Some((status, _)) = self.answer(state, journey) else {
            return;
        };
        if status == self.scenario.journeys[journey].success {
            state.succeeded |= 1 << journey;
        }
        if status >= 500 && state.losses == self.scenario.losses {
            state.broken |= statements::ANSWERS;
        }
    }
}

fn call_of(run: &Run, number: usize) -> Option<&Call> {
    match &run.standing {
        Standing::Waits { tables, .. } => {
            tables.iter().find(|(known, _)| *known == number).map(|(_, call)| call)
        }
        Standing::Ends(_) => None,
    }
}

impl Model for Whole {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let mut rows = Vec::new();
        for (key, row) in &self.scenario.rows {
            let number = self.tables.key(key);
            rows.resize(rows.len().max(number + 1), 0);
            rows[number] = self.tables.row(number, row.clone());
        }
        let broken = self.judge(&rows);
        vec![State {
            rows,
            runs: vec![0; self.scenario.journeys.len()],
            time: 0,
            losses: self.scenario.losses,
            sent: Vec::new(),
            cut: 0,
            broken,
            succeeded: 0,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for journey in 0..state.runs.len() {
            let at = self.scenario.journeys[journey].at;
            let may_begin = at.is_none_or(|at| at == state.time);
            if state.runs[journey] == GONE || (state.runs[journey] == 0 && !may_begin) {
                continue;
            }
            let run = self.run_of(state, journey);
            let run = self.runs.value(run);
            let Standing::Waits { tables, mails } = &run.standing else {
                continue;
            };
            for (number, call) in tables {
                steps.push(Step::Answer(journey, *number));
                if state.losses > 0 && call.writes() {
                    steps.push(Step::Lose(journey, *number));
                    if call.is_single_write() {
                        steps.push(Step::Repeat(journey, *number));
                    }
                }
            }
            for (number, _) in mails {
                steps.push(Step::Mail(journey, *number, Ses::Taken));
                if state.losses > 0 {
                    steps.push(Step::Mail(journey, *number, Ses::Unanswered));
                    steps.push(Step::Mail(journey, *number, Ses::Failed));
                }
            }
        }
        if usize::from(state.time) + 1 < self.scenario.times.len() {
            steps.push(Step::Wait);
        }
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = state.clone();
        match step {
            Step::Wait => {
                next.time += 1;
                for run in &mut next.runs {
                    if *run == 0 || *run == GONE {
                        continue;
                    }
                    let under_way = self.runs.value(*run);
                    if let Standing::Waits { .. } = &under_way.standing {
                        let took = |(_, given): &(u8, Given)| {
                            matches!(given, Given::Ses(_, Ses::Taken | Ses::Unanswered))
                        };
                        next.cut += u8::from(under_way.given.iter().any(took));
                        *run = GONE;
                    }
                }
            }
            Step::Answer(journey, number)
            | Step::Lose(journey, number)
            | Step::Repeat(journey, number) => {
                let number_of_run = self.run_of(state, journey);
                let run = self.runs.value(number_of_run);
                let call = call_of(&run, number)?;
                let twice = matches!(step, Step::Repeat(..));
                let (answer, left) =
                    self.outcome((number_of_run, number), call, &state.rows, twice);
                self.change(&mut next, &left);
                let mut reply = Reply::Table(answer);
                if let Step::Lose(..) = step {
                    reply = Reply::Table(self.number_of(&Answer::lost()));
                }
                if !matches!(step, Step::Answer(..)) {
                    next.losses -= 1;
                }
                let run = self.go_on(number_of_run, number, reply, state.time);
                next.runs[journey] = self.settle(run, &next.rows, state.time);
                self.note(&mut next, journey);
            }
            Step::Mail(journey, number, ses) => {
                let number_of_run = self.run_of(state, journey);
                let run = self.runs.value(number_of_run);
                if ses != Ses::Failed {
                    let Standing::Waits { mails, .. } = &run.standing else {
                        return None;
                    };
                    let (_, pk) = mails.iter().find(|(known, _)| *known == number)?;
                    let key = u32::try_from(self.tables.key_under(pk)?).ok()?;
                    match next.sent.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, times)) => *times += 1,
                        None => next.sent.push((key, 1)),
                    }
                    next.sent.sort_unstable();
                    let lost = self.scenario.losses - next.losses + next.cut;
                    if next.sent.iter().any(|(_, times)| *times > 1 + lost) {
                        next.broken |= statements::SENT;
                    }
                }
                if ses != Ses::Taken {
                    next.losses -= 1;
                }
                let run = self.go_on(number_of_run, number, Reply::Ses(ses), state.time);
                next.runs[journey] = self.settle(run, &next.rows, state.time);
                self.note(&mut next, journey);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties(&self.scenario)
    }
}

/// The properties of a scenario: each statement always holds, each journey succeeds sometimes.
fn properties(scenario: &Scenario) -> Vec<Property<Whole>> {
    let always = [
        always::<{ statements::CREDENTIALS }>(
            "1: credentials name the active account of their address",
        ),
        always::<{ statements::LEASES }>("2: a lease and its account name each other"),
        always::<{ statements::CLOSED }>("3: a closed account has nothing"),
        always::<{ statements::SESSIONS }>("4: no session is of an epoch to come"),
        always::<{ statements::EPOCH }>("4: an epoch never goes back"),
        always::<{ statements::LINK }>("5: a link is used once, in its time"),
        always::<{ statements::END }>("6: a mail ends once"),
        always::<{ statements::CAUSE }>("6: each cause has its mail"),
        always::<{ statements::SENT }>("6: a mail is sent twice only after a lost answer or mark"),
        always::<{ statements::STEPS }>("7: the next step is one that the dates ask for"),
        always::<{ statements::AGREEMENT }>("7: an account says of its lease what the lease says"),
        always::<{ statements::UNWARNED }>("7: nobody is deactivated unwarned or early"),
        always::<{ statements::ANSWERS }>("an operation fails only after a lost answer"),
    ];
    let journeys: [fn(&Whole, &State) -> bool; 10] = [
        succeeds::<0>,
        succeeds::<1>,
        succeeds::<2>,
        succeeds::<3>,
        succeeds::<4>,
        succeeds::<5>,
        succeeds::<6>,
        succeeds::<7>,
        succeeds::<8>,
        succeeds::<9>,
    ];
    let named = scenario.journeys.iter().zip(journeys);
    let sometimes = named.map(|(journey, succeeds)| Property::sometimes(journey.name, succeeds));
    always.into_iter().chain(sometimes).collect()
}

fn always<const STATEMENT: u16>(name: &'static str) -> Property<Whole> {
    Property::always(name, |_, state: &State| state.broken & STATEMENT == 0)
}

fn succeeds<const N: usize>(_: &Whole, state: &State) -> bool {
    state.succeeded & (1 << N) != 0
}
