//! Checks that the model's writes and those of a `DynamoDB` engine have the same answers and
//! results.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::Database;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::net::TcpListener;

use super::super::action::{Action, Change};
use super::super::replay::{Call, Rows};
use super::super::{DYNAMODB, Item, Store, Table, rules};
use super::condition::Condition;
use super::{Rule, Ruled};
use crate::aws::Patience;
use crate::clock::Clock;
use crate::config::Variables;
use crate::environment::Environment;

const ATTRIBUTES: [&str; 5] = ["a", "b", "m", "m.x", "m.y"];

#[test]
fn a_write_has_the_answer_and_the_result_of_the_engine() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let store = runtime.block_on(store());
    let mut runner = TestRunner::new(Config { cases: 400, ..Config::default() });

    let cases = (proptest::option::of(items()), actions());
    let compared =
        runner.run(&cases, |(item, action)| runtime.block_on(compare(&store, item, action)));

    compared.unwrap();
}

/// Applies `action` to `item` in the engine and in the model, and compares.
async fn compare(store: &Store, item: Option<Item>, action: Action) -> Result<(), TestCaseError> {
    let clear = Action::delete(Table::Tenants, "it".to_owned(), rules::always());
    assert!(store.write(clear).await.unwrap().is_done());
    if let Some(item) = &item {
        let put = Action::put(Table::Tenants, item.clone(), rules::always());
        assert!(store.write(put).await.unwrap().is_done());
    }
    let mut rows = Rows::new();
    if let Some(item) = item {
        rows.extend([Call::row(Table::Tenants, item)]);
    }

    let by_model = Call::of(action.clone()).answer(&mut rows);
    let by_engine = store.write(action).await;
    let left = store.find_item(Table::Tenants, "it".to_owned()).await.unwrap();

    match (by_engine, by_model) {
        (Ok(write), Ok(answer)) => {
            prop_assert_eq!(write.is_done(), answer.is_done());
            let expected = left.map(|item| Call::row(Table::Tenants, item)).into_iter();
            prop_assert_eq!(rows, expected.collect::<Rows>());
        }
        (Err(_), Err(_)) => {}
        (engine, model) => prop_assert!(false, "engine: {engine:?}, model: {model:?}"),
    }
    Ok(())
}

fn numbers() -> impl Strategy<Value = AttributeValue> {
    (0..4_u8).prop_map(|number| AttributeValue::N(number.to_string()))
}

fn ordered() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![numbers(), "[ab]{1,2}".prop_map(AttributeValue::S)]
}

fn values() -> impl Strategy<Value = AttributeValue> {
    let flat = prop_oneof![4 => ordered(), 1 => any::<bool>().prop_map(AttributeValue::Bool)];
    prop_oneof![
        4 => flat.clone(),
        1 => vec(flat, 0..3).prop_map(AttributeValue::L),
    ]
}

fn maps() -> impl Strategy<Value = AttributeValue> {
    proptest::collection::hash_map("[xy]", values(), 0..3).prop_map(AttributeValue::M)
}

fn items() -> impl Strategy<Value = Item> {
    let attribute = |strategy: BoxedStrategy<AttributeValue>| proptest::option::of(strategy);
    let map = prop_oneof![3 => maps().boxed(), 1 => values().boxed()];
    (attribute(values().boxed()), attribute(values().boxed()), attribute(map.boxed())).prop_map(
        |(a, b, m)| {
            let pk = Some(AttributeValue::S("it".to_owned()));
            let all = [("pk", pk), ("a", a), ("b", b), ("m", m)];
            let all = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            all.collect()
        },
    )
}

fn conditions() -> impl Strategy<Value = Condition> {
    let name = || proptest::sample::select(&ATTRIBUTES[..]).prop_map(str::to_owned);
    let value = || prop_oneof![values().boxed(), maps().boxed()];
    let test = prop_oneof![
        Just(Condition::has("pk")),
        Just(Condition::lacks("pk")),
        name().prop_map(Condition::Has),
        name().prop_map(Condition::Lacks),
        (name(), value()).prop_map(|(name, value)| Condition::Equals(name, value)),
        (name(), ordered()).prop_map(|(name, value)| Condition::AtMost(name, value)),
        (name(), ordered()).prop_map(|(name, value)| Condition::Below(name, value)),
        (name(), ordered()).prop_map(|(name, value)| Condition::Above(name, value)),
    ];
    test.prop_recursive(3, 8, 3, |part| {
        prop_oneof![
            vec(part.clone(), 0..3).prop_map(Condition::All),
            vec(part, 0..3).prop_map(Condition::Any),
        ]
    })
}

/// Changes of attributes, none of which lies inside another.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    let set = |name: &'static str| {
        values().prop_map(move |value| Change::Set(name.to_owned(), value)).boxed()
    };
    let remove = |name: &'static str| Just(Change::Remove(name.to_owned())).boxed();
    let any = |choices: Vec<BoxedStrategy<Change>>| {
        proptest::option::of(proptest::strategy::Union::new(choices))
    };
    let add = (-2..3_i64).prop_map(|step| Change::Add("b".to_owned(), step)).boxed();
    let first = any(vec![set("a"), remove("a")]);
    let second = any(vec![set("b"), remove("b"), add]);
    let third = any(vec![set("m.x"), remove("m.x"), set("m"), remove("m")]);
    (first, second, third)
        .prop_map(|(first, second, third)| [first, second, third].into_iter().flatten().collect())
}

fn actions() -> impl Strategy<Value = Action> {
    let ruled = || conditions().prop_map(|condition| Ruled { rule: Rule::New, condition });
    let update = (ruled(), changes()).prop_filter_map("nothing changes", |(ruled, changes)| {
        let update = Action::update(Table::Tenants, "it".to_owned(), ruled);
        (!changes.is_empty()).then(|| update.with(changes))
    });
    let delete = ruled().prop_map(|ruled| Action::delete(Table::Tenants, "it".to_owned(), ruled));
    let put = (ruled(), items()).prop_map(|(ruled, item)| Action::put(Table::Tenants, item, ruled));
    prop_oneof![3 => update, 1 => put, 1 => delete]
}

/// A store over an engine of its own, in this process.
async fn store() -> Store {
    let database = Database::memory().unwrap();
    let table = serde_json::json!({
        "TableName": "tenants",
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    database.create_table(serde_json::from_value(table).unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let never = std::future::pending();
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, never));
    let variables = HashMap::from([
        ("AWS_REGION", "eu-west-3"),
        ("AWS_ACCESS_KEY_ID", "nobody"),
        ("AWS_SECRET_ACCESS_KEY", "nothing"),
        ("AWS_ENDPOINT_URL", &endpoint),
    ]);
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let variables: Variables = variables.collect();
    let environment = Environment { variables, ..Environment::of_this_process() };
    Store {
        client: environment.client(DYNAMODB, Patience::default()).unwrap(),
        tenants: "tenants".to_owned(),
        tokens: "tokens".to_owned(),
        clock: Clock::default(),
    }
}
