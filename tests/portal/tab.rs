//! A tab, and a tenant's actions in it: read, click, type, press keys.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot::Receiver;

use crate::chromium::Chromium;
use crate::seen::{Request, Seen};

/// The longest wait for something to appear, in tries of 25 ms.
const PATIENCE: u32 = 400;

/// The script that finds elements as a tenant sees them.
const FIND: &str = include_str!("find.js");

/// The script that measures layout shifts.
const SHIFT: &str = include_str!("shift.js");

/// The isolated world of [`FIND`]: the page's own scripts cannot see it.
const WORLD: &str = "tests";

/// A tab.
#[derive(Debug)]
pub struct Tab {
    target: String,
    session: String,
    address: String,
    seen: Arc<Seen>,
}

/// A key of the keyboard.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// Moves the focus to the next control.
    Tab,
    /// Moves the focus to the control before.
    BackTab,
    /// Follows a link, sends a form.
    Enter,
    /// Presses a button, ticks a box.
    Space,
    /// Closes a menu.
    Escape,
}

/// The colours that the system asks for.
#[derive(Clone, Copy, Debug)]
pub enum Colours {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// The system's own few colours replace those of the page.
    Forced,
}

impl Tab {
    pub(crate) async fn open(context: &str, address: &str, seen: Arc<Seen>) -> Self {
        let chromium = Chromium::shared();
        let target = json!({"url": "about:blank", "browserContextId": context});
        let target = chromium.call(None, "Target.createTarget", target).await;
        let target = target["targetId"].as_str().expect("a target").to_owned();
        let attached = json!({"targetId": target, "flatten": true});
        let attached = chromium.call(None, "Target.attachToTarget", attached).await;
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        chromium.observe(&session, seen.clone());
        let tab = Self { target, session, address: address.to_owned(), seen };
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        let script = json!({"source": FIND, "worldName": WORLD});
        tab.call("Page.addScriptToEvaluateOnNewDocument", script).await;
        tab.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await;
        tab.resize(1440).await;
        tab.show_in(Colours::Light).await;
        tab
    }

    /// Opens a page of the portal, as a bookmark does.
    pub async fn visit(&self, path: &str) {
        self.goto(&format!("{}{path}", self.address)).await;
    }

    /// Opens an address, as a bookmark does.
    pub async fn goto(&self, url: &str) {
        assert!(url.starts_with(&self.address), "{url} is not of this machine");
        self.call("Page.navigate", json!({"url": url})).await;
        self.is_loaded().await;
    }

    /// Follows a mailed link, as a mail program on the web does: from another site.
    pub async fn follow_mailed(&self, link: &str) {
        assert!(link.starts_with(&self.address), "{link} is not of this machine");
        self.call("Page.navigate", json!({"url": "about:blank"})).await;
        let link = format!("const a = document.createElement('a'); a.href = '{link}'; a.click()");
        self.run(&link).await;
        self.until("location.protocol === 'http:'").await;
        self.is_loaded().await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.run("window.isOld = true").await;
        self.call("Page.reload", json!({})).await;
        self.until("!window.isOld").await;
        self.is_loaded().await;
    }

    /// Goes back to the page before.
    pub async fn back(&self) {
        self.run("window.isOld = true; history.back()").await;
        self.until("!window.isOld").await;
        self.is_loaded().await;
    }

    async fn is_loaded(&self) {
        self.until("document.readyState === 'complete' && globalThis.said").await;
    }

    /// Waits until the page is the one at `path`.
    pub async fn is_at(&self, path: &str) {
        self.until(&format!(
            "location.pathname === {} && document.readyState === 'complete'",
            json!(path)
        ))
        .await;
    }

    /// Waits until the page says `words`.
    pub async fn says(&self, words: &str) {
        self.until(&format!("said().includes({})", json!(words))).await;
    }

    /// Waits until the page no longer says `words`.
    pub async fn says_no_more(&self, words: &str) {
        self.until(&format!("!said().includes({})", json!(words))).await;
    }

    /// Waits until the button or link that says `name` is there.
    pub async fn offers(&self, name: &str) {
        self.until(&format!("control({})", json!(name))).await;
    }

    /// Clicks the button or link that says `name`.
    pub async fn click(&self, name: &str) {
        self.click_on(&format!("control({})", json!(name)), 1).await;
    }

    /// Clicks the button or link that says `name` twice, as fast as possible.
    pub async fn click_twice(&self, name: &str) {
        self.click_on(&format!("control({})", json!(name)), 2).await;
    }

    /// Ticks the box, or chooses the option, whose label says `name`.
    pub async fn tick(&self, name: &str) {
        self.click_on(&format!("field({})", json!(name)), 1).await;
    }

    async fn click_on(&self, element: &str, times: u32) {
        let ready = format!("middle({element}) && !({element}).disabled");
        self.until(&ready).await;
        let place = self.evaluate(&format!("middle({element})")).await;
        let mut last = None;
        for count in 1..=times {
            for kind in ["mousePressed", "mouseReleased"] {
                let event = json!({
                    "type": kind, "x": place["x"], "y": place["y"],
                    "button": "left", "clickCount": count,
                });
                last = Some(self.send("Input.dispatchMouseEvent", &event));
            }
        }
        // A click that opens another page may have no answer, because its page is gone.
        if let Some(last) = last {
            let _ = tokio::time::timeout(Duration::from_secs(5), last).await;
        }
    }

    /// Types `text` into the field whose label says `name`, replacing its text.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = format!("field({})", json!(name));
        self.until(&format!("{field} && !{field}.disabled")).await;
        self.evaluate(&format!("{field}.focus(), {field}.select()")).await;
        self.write(text).await;
    }

    /// Types `text` where the focus is.
    pub async fn write(&self, text: &str) {
        if text.is_empty() {
            let delete =
                |kind: &str| json!({"type": kind, "key": "Delete", "windowsVirtualKeyCode": 46});
            self.call("Input.dispatchKeyEvent", delete("rawKeyDown")).await;
            self.call("Input.dispatchKeyEvent", delete("keyUp")).await;
        } else {
            self.call("Input.insertText", json!({"text": text})).await;
        }
    }

    /// Chooses `file` in the file field whose label says `name`, as the system's dialog does.
    pub async fn choose(&self, name: &str, file: &Path) {
        let field = format!("field({})", json!(name));
        self.until(&field).await;
        let world = self.world().await.expect("an isolated world");
        let element = json!({"expression": field, "contextId": world});
        let element = self.call("Runtime.evaluate", element).await;
        let files = json!({"files": [file], "objectId": element["result"]["objectId"]});
        self.call("DOM.setFileInputFiles", files).await;
    }

    /// Presses a key.
    pub async fn press(&self, key: Key) {
        let (name, code, text) = match key {
            Key::Tab | Key::BackTab => ("Tab", 9, ""),
            Key::Enter => ("Enter", 13, "\r"),
            Key::Space => (" ", 32, " "),
            Key::Escape => ("Escape", 27, ""),
        };
        let modifiers = if matches!(key, Key::BackTab) { 8 } else { 0 };
        for kind in [if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({
                "type": kind, "key": name, "code": if name == " " { "Space" } else { name },
                "windowsVirtualKeyCode": code, "modifiers": modifiers, "text": text,
            });
            let pressed = self.send("Input.dispatchKeyEvent", &event);
            let _ = tokio::time::timeout(Duration::from_secs(5), pressed).await;
        }
    }

    /// Moves to the control that says `name` with the keyboard. The focus must be visible at each
    /// step.
    pub async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..60 {
            self.press(Key::Tab).await;
            let focused = self.evaluate("focused()").await.as_str().unwrap_or_default().to_owned();
            if focused.is_empty() {
                continue;
            }
            assert_eq!(self.evaluate("focusShows()").await, true, "the focus shows on {focused}");
            if focused.starts_with(name) {
                return;
            }
            passed.push(focused);
        }
        panic!("{name} cannot be reached by keyboard; what can: {passed:#?}");
    }

    /// Moves through all controls of the page with the keyboard. The focus must be visible at each
    /// step. Returns the number of controls.
    pub async fn walk(&self) -> usize {
        let mut passed: Vec<String> = Vec::new();
        for _ in 0..80 {
            self.press(Key::Tab).await;
            let focused = self.text("focused()").await;
            if focused.is_empty() || (passed.len() > 1 && passed.first() == Some(&focused)) {
                return passed.len();
            }
            assert_eq!(self.evaluate("focusShows()").await, true, "the focus shows on {focused}");
            passed.push(focused);
        }
        panic!("the keyboard finds no end: {passed:#?}");
    }

    /// The value of the field whose label says `name`.
    pub async fn value_of(&self, name: &str) -> String {
        let field = format!("field({})", json!(name));
        self.until(&field).await;
        self.text(&format!("{field}.value")).await
    }

    /// The error beside the field whose label says `name`.
    pub async fn error_of(&self, name: &str) -> String {
        let field = format!("field({})", json!(name));
        self.until(&field).await;
        self.text(&format!(
            "{field}.getAttribute('aria-invalid') === 'true' \
             ? {field}.getAttribute('aria-describedby').split(' ').map((id) => \
                 document.getElementById(id)).filter((e) => e.className === 'error' && !e.hidden) \
                 .map((e) => words(e.textContent)).join(' ') : ''"
        ))
        .await
    }

    /// Waits until the summary of errors says `words` and has the focus.
    pub async fn sums_up(&self, words: &str) {
        let summary = "document.activeElement.matches('.error-summary') && document.activeElement";
        self.until(&format!(
            "({summary} || {{innerText: ''}}).innerText.replace(/\\s+/g, ' ').includes({})",
            json!(words)
        ))
        .await;
    }

    /// The value of an expression, which must be a text.
    pub async fn text(&self, expression: &str) -> String {
        let value = self.evaluate(expression).await;
        value.as_str().unwrap_or_else(|| panic!("{expression}: {value}")).to_owned()
    }

    /// Waits until an expression is true.
    pub async fn until(&self, expression: &str) {
        let wanted = format!("Boolean({expression})");
        for _ in 0..PATIENCE {
            if self.try_evaluate(&wanted).await == Ok(Value::Bool(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let page = self.try_evaluate("location.pathname + ': ' + said()").await;
        panic!("awaited in vain: {expression}\non {page:#?}\nfaults: {:#?}", self.seen.faults());
    }

    /// The value of an expression, evaluated in the isolated world.
    pub async fn evaluate(&self, expression: &str) -> Value {
        self.try_evaluate(expression).await.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// As [`evaluate`](Self::evaluate), but returns an error if the page is being replaced by
    /// another.
    async fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        let chromium = Chromium::shared();
        let expression = json!({
            "expression": expression,
            "contextId": self.world().await?,
            "awaitPromise": true,
            "returnByValue": true,
        });
        let answer = chromium.ask(Some(&self.session), "Runtime.evaluate", expression).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer["exceptionDetails"].is_null() {
            Ok(answer["result"]["value"].clone())
        } else {
            Err(answer["exceptionDetails"]["exception"]["description"].to_string())
        }
    }

    /// The isolated world of the present page.
    async fn world(&self) -> Result<Value, String> {
        let frame = json!({"frameId": self.target, "worldName": WORLD});
        let world = Chromium::shared().ask(Some(&self.session), "Page.createIsolatedWorld", frame);
        let world = world.await.map_err(|error| error.to_string())?;
        Ok(world["executionContextId"].clone())
    }

    /// Runs a script in the page's own world.
    async fn run(&self, script: &str) {
        let script = json!({"expression": script, "userGesture": true});
        self.call("Runtime.evaluate", script).await;
    }

    /// Gives the page another width, in CSS pixels.
    pub async fn resize(&self, width: u32) {
        self.resize_to(width, 900).await;
    }

    /// Gives the page another size, in CSS pixels.
    pub async fn resize_to(&self, width: u32, height: u32) {
        let screen =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// Shows pages in these `colours`, without motion.
    pub async fn show_in(&self, colours: Colours) {
        let scheme = if matches!(colours, Colours::Dark) { "dark" } else { "light" };
        let forced = if matches!(colours, Colours::Forced) { "active" } else { "none" };
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": forced},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Sets the time zone of the system, by its IANA name.
    pub async fn travel_to(&self, time_zone: &str) {
        self.call("Emulation.setTimezoneOverride", json!({"timezoneId": time_zone})).await;
    }

    /// Sets the languages that the browser prefers, as in `Accept-Language`.
    pub async fn prefer(&self, language: &str) {
        let headers = json!({"headers": {"accept-language": language}});
        self.call("Network.setExtraHTTPHeaders", headers).await;
    }

    /// Delays each answer by this time.
    pub async fn slow_down(&self, latency: Duration) {
        self.network(false, latency).await;
    }

    /// Delays each call to the API by this time, on the pages opened from now on.
    pub async fn delay_calls(&self, delay: Duration) {
        let script = format!(
            "const call = fetch; window.fetch = (...arguments_) => \
             new Promise((done) => setTimeout(done, {})).then(() => call(...arguments_))",
            delay.as_millis()
        );
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
    }

    /// Measures layout shifts, on the pages opened from now on.
    pub async fn watch_shifts(&self) {
        let script = json!({"source": SHIFT, "worldName": WORLD});
        self.call("Page.addScriptToEvaluateOnNewDocument", script).await;
    }

    /// Shows this tab in front of the others of its device: Chromium does not draw a tab behind.
    pub async fn bring_to_front(&self) {
        self.call("Page.bringToFront", json!({})).await;
    }

    /// Hides the scrollbars, as a phone does.
    pub async fn hide_scrollbars(&self) {
        self.call("Emulation.setScrollbarsHidden", json!({"hidden": true})).await;
    }

    /// Replaces the page by `html`.
    pub async fn shows(&self, html: &str) {
        let frame = json!({"frameId": self.target, "html": html});
        self.call("Page.setDocumentContent", frame).await;
    }

    /// A picture of the visible page, as a PNG in base64, `scale` times its size.
    pub async fn picture(&self, width: u32, height: u32, scale: f64) -> String {
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": scale});
        let picture = self.call("Page.captureScreenshot", json!({"clip": clip})).await;
        picture["data"].as_str().expect("a picture").to_owned()
    }

    /// Cuts the network, or brings it back.
    pub async fn cut_network(&self, cut: bool) {
        self.network(cut, Duration::ZERO).await;
    }

    /// Makes requests to addresses like `pattern` fail.
    pub async fn block(&self, pattern: &str) {
        self.call("Network.setBlockedURLs", json!({"urls": [pattern]})).await;
    }

    /// Delays each answer by `latency`, and lets `kbits` kilobits a second through, in each
    /// direction.
    pub async fn slow_down_to(&self, latency: Duration, kbits: u32) {
        let bytes = kbits * 1_000 / 8;
        let conditions = json!({
            "offline": false, "latency": latency.as_millis(),
            "downloadThroughput": bytes, "uploadThroughput": bytes,
        });
        self.call("Network.emulateNetworkConditions", conditions).await;
    }

    async fn network(&self, offline: bool, latency: Duration) {
        let conditions = json!({
            "offline": offline, "latency": latency.as_millis(),
            "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.call("Network.emulateNetworkConditions", conditions).await;
    }

    /// Turns the cache off: every file is requested again, as by a new browser.
    pub async fn forget_files(&self) {
        self.call("Network.setCacheDisabled", json!({"cacheDisabled": true})).await;
    }

    /// The cookies of the portal in the browser.
    pub async fn cookies(&self) -> Vec<Value> {
        let cookies = self.call("Network.getCookies", json!({"urls": [self.address]})).await;
        cookies["cookies"].as_array().cloned().expect("cookies are a list")
    }

    /// Deletes the cookies of the portal.
    pub async fn clear_cookies(&self) {
        for cookie in self.cookies().await {
            let cookie = json!({"name": cookie["name"], "url": self.address});
            self.call("Network.deleteCookies", cookie).await;
        }
    }

    /// The requests of this tab since [`forget_requests`](Self::forget_requests).
    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests()
    }

    /// The calls to the API among the requests, as `METHOD /path`.
    pub fn calls(&self) -> Vec<String> {
        let requests = self.requests().into_iter();
        let calls = requests.filter_map(|request| {
            let path = request.url.strip_prefix(&self.address)?.to_owned();
            path.starts_with("/api/").then(|| format!("{} {path}", request.method))
        });
        calls.collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.seen.forget_requests();
    }

    /// From now on, a fault with `part` in it is expected.
    pub fn expects(&self, part: &'static str) {
        self.seen.expect(part);
    }

    async fn call(&self, method: &str, parameters: Value) -> Value {
        Chromium::shared().call(Some(&self.session), method, parameters).await
    }

    fn send(&self, method: &str, parameters: &Value) -> Receiver<Value> {
        Chromium::shared().send(Some(&self.session), method, parameters)
    }
}
