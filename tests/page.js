// SPDX-License-Identifier: MIT
// Looks at report.html in a headless browser, as TAP: sections, charts, console, requests, axe-core, at three widths, light
// and dark, sorting and filtering, without script, and as a PDF. `make test-page` runs it.
// usage: NODE_PATH=build/node_modules node tests/page.js REPORT.html [DIRECTORY FOR PICTURES]
"use strict";
const fs = require("fs");
const path = require("path");
const {pathToFileURL} = require("url");
const puppeteer = require("puppeteer-core");
const axe = fs.readFileSync(require.resolve("axe-core"), "utf8");

const [report, pictures] = process.argv.slice(2);
const wanted = (process.env.SECTIONS || "verdict method reproduce").split(/\s+/);
const charts = fs.readdirSync(path.join(path.dirname(report), "charts")).filter(name => name.endsWith(".svg"));
const browsers = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const widths = {wide: 1920, desktop: 1280, phone: 390};
let n = 0, failed = 0;

function ok(good, name, ...why) {
	n++;
	failed += !good;
	console.log(`${good ? "ok" : "not ok"} ${n} - ${name}`);
	if (!good)
		for (const line of why)
			console.log(`# ${typeof line === "string" ? line : JSON.stringify(line)}`);
}

function find(program) {
	const places = process.env.PATH.split(":").map(place => path.join(place, program));
	return places.find(place => fs.existsSync(place));
}

// A page that remembers what it asked for and what it complained of.
async function open(browser, width, scheme, script = true) {
	const page = await browser.newPage();
	page.requests = [];
	page.complaints = [];
	page.on("request", request => request.url().startsWith("data:") || page.requests.push(request.url()));
	page.on("console", message => ["error", "warn"].includes(message.type()) && page.complaints.push(message.text()));
	page.on("pageerror", error => page.complaints.push(error.message));
	await page.setJavaScriptEnabled(script);
	await page.setViewport({width, height: 900});
	await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
	await page.goto(pathToFileURL(path.resolve(report)).href, {waitUntil: "load", timeout: 300000});
	return page;
}

async function look(browser, device, scheme) {
	const page = await open(browser, widths[device], scheme);
	const where = `${device}, ${scheme}`;
	const found = await page.evaluate(() => ({
		wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		background: getComputedStyle(document.body).backgroundColor,
	}));
	ok(found.wide <= 0, `${where}: nothing is wider than the window`, `${found.wide} pixels too wide`);
	ok((found.background === "rgb(255, 255, 255)") === (scheme === "light"), `${where}: its colours`, found.background);
	// On a desktop no table hides its last column, which has the marks.
	const cut = await page.evaluate(() => {
		for (const fold of document.querySelectorAll("details"))
			fold.open = true;
		return [...document.querySelectorAll(".wide")].filter(box => box.scrollWidth > box.clientWidth)
			.map(box => `${box.closest("section").id}: ${box.scrollWidth} in ${box.clientWidth}`);
	});
	ok(device === "phone" || cut.length === 0, `${where}: every table fits`, ...cut);
	if (pictures) {
		await page.screenshot({path: path.join(pictures, `${device}-${scheme}.png`), fullPage: device !== "phone"});
		if (device === "phone")
			await page.screenshot({path: path.join(pictures, `${device}-${scheme}-all.png`), fullPage: true});
	}
	// Rows of a table are alike: axe-core takes minutes for thousands of them, and says no more than for some.
	await page.evaluate(() => {
		for (const row of document.querySelectorAll("tbody tr:nth-child(n+41)"))
			row.remove();
	});
	await page.evaluate(axe);
	const results = await page.evaluate(() => axe.run(document, {resultTypes: ["violations"]}));
	const serious = results.violations.filter(v => ["serious", "critical"].includes(v.impact));
	ok(serious.length === 0, `${where}: no serious finding of axe-core`,
		...serious.map(v => `${v.id}: ${v.help}: ${v.nodes.length} times, such as ${v.nodes[0].html.slice(0, 200)}`));
	ok(page.complaints.length === 0, `${where}: no complaint on the console`, ...page.complaints);
	ok(page.requests.length === 1, `${where}: no request leaves the page`, ...page.requests);
	await page.close();
}

async function contents(browser) {
	const page = await open(browser, widths.desktop, "light");
	const found = await page.evaluate(() => ({
		sections: [...document.querySelectorAll("main section")].map(s => s.id),
		dead: [...document.querySelectorAll("a[href^='#']")].map(a => a.hash.slice(1)).filter(id => !document.getElementById(id)),
		twice: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i),
		lost: [...document.querySelectorAll("svg use")].map(u => u.getAttribute("xlink:href") || u.getAttribute("href"))
			.filter(href => !document.getElementById(href.slice(1))),
		charts: [...document.querySelectorAll("figure svg")].map(svg => ({
			id: svg.closest("figure").id,
			height: svg.getBoundingClientRect().height,
			marks: svg.querySelectorAll("use, polygon").length, image: svg.querySelectorAll("image").length,
			words: svg.querySelectorAll("text").length,
			title: (svg.querySelector("title") || {}).textContent || "",
			about: (svg.querySelector("desc") || {}).textContent || "",
		})),
		external: [...document.querySelectorAll("[src], link, iframe, object, embed")].map(e => e.outerHTML.slice(0, 80)),
	}));
	for (const id of wanted)
		ok(found.sections.includes(id), `section ${id} is there`, found.sections);
	ok(found.dead.length === 0, "every anchor has its place", ...found.dead);
	ok(found.twice.length === 0, "no identifier is there twice", ...found.twice);
	ok(found.lost.length === 0, "every mark in a chart is found", ...found.lost);
	ok(found.external.length === 0, "nothing is loaded from elsewhere", ...found.external);
	ok(found.charts.length === charts.length, "every chart is in the page",
		`${found.charts.length} in the page, ${charts.length} files`);
	const undrawn = found.charts.filter(c => c.height < 100 || c.marks < 2 && !c.image || c.words < 5);
	ok(undrawn.length === 0, "every chart is drawn", ...undrawn);
	const mute = found.charts.filter(c => c.title.length < 15 || c.about.length < 20 || /gnuplot/i.test(c.title + c.about));
	ok(mute.length === 0, "every chart has alternative text", ...mute);
	await page.close();
}

// Sorting and filtering by keyboard, as somebody without a mouse would.
async function tables(browser) {
	const page = await open(browser, widths.desktop, "light");
	const wordy = "#doctor table, #noise table, #choose table, #cores table"; // and its first column of words to sort by
	const at = (await page.$("#doctor table, #noise table, #choose table")) ? 1 : 0;
	const column = () => page.evaluate((wordy, at) => {
		const table = document.querySelector(wordy);
		return [...table.tBodies[0].rows].filter(row => !row.hidden).map(row => row.cells[at].textContent);
	}, wordy, at);
	const before = await column();
	await page.evaluate((wordy, at) => document.querySelector(wordy).tHead.rows[0].cells[at].querySelector("button").focus(),
		wordy, at);
	await page.keyboard.press("Enter");
	const up = await column();
	await page.keyboard.press("Enter");
	const down = await column();
	const sorted = [...before].sort((a, b) => a.localeCompare(b));
	ok(String(up) === String(sorted), "a heading sorts its column", up, sorted);
	ok(up.length < 2 || down[0] === up[up.length - 1], "pressed again, the other way round", down);
	// By size, not by letters: 900 ns before 1.2 µs.
	const times = await page.evaluate(() => {
		const table = document.querySelector("#latency table, #figures table, #cores table");
		for (const fold of document.querySelectorAll("details"))
			fold.open = true;
		const heads = [...table.tHead.rows[0].cells], at = heads.findIndex(head => /round trip|median/.test(head.textContent));
		heads[at].querySelector("button").click();
		return [...table.tBodies[0].rows].map(row => row.cells[at].textContent).filter(text => / (ns|µs|ms|s)$/.test(text));
	});
	const ns = times.map(text => parseFloat(text) * {ns: 1, "µs": 1e3, ms: 1e6, s: 1e9}[text.split(" ")[1]]);
	ok(ns.every((x, i) => !i || ns[i - 1] <= x), "times are sorted by their length", ...times.slice(0, 10));
	const field = await page.$(".filter input");
	if (field) {
		const hidden = () => page.evaluate(() => {
			const wide = document.querySelector(".filter").nextElementSibling;
			return [...wide.querySelectorAll("tbody tr")].map(row => row.hidden);
		});
		await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
		await field.focus();
		await page.keyboard.type("no-such-thing-anywhere");
		ok((await hidden()).every(Boolean), "a filter hides what does not match");
		await page.keyboard.press("Escape");
		await page.evaluate(() => {
			const input = document.querySelector(".filter input");
			input.value = "";
			input.dispatchEvent(new Event("input"));
		});
		ok(!(await hidden()).some(Boolean), "an empty filter shows all");
	}
	await page.close();
	const plain = await open(browser, widths.desktop, "light", false);
	const buttons = (await plain.$$("th button")).length, rows = (await plain.$$("tbody tr")).length;
	ok(buttons === 0 && rows > 0, "without script the tables are plain tables", `${buttons} buttons, ${rows} rows`);
	await plain.close();
}

async function print(browser) {
	const page = await open(browser, widths.desktop, "dark");
	const pdf = await page.pdf({format: "A4", path: pictures && path.join(pictures, "report.pdf"), timeout: 120000});
	const pages = Buffer.from(pdf).toString("latin1").split("/Type /Page\n").length - 1;
	ok(Buffer.from(pdf.slice(0, 5)).toString() === "%PDF-", "prints to PDF");
	ok(pages > 0 && pages < 120, "on a sane number of sheets", `${pages} sheets`);
	await page.emulateMediaType("print");
	const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	ok(paper === "rgb(255, 255, 255)", "paper is white, also where the screen is dark", paper);
	await page.close();
}

(async () => {
	const browser = await puppeteer.launch({
		executablePath: process.env.CHROME || browsers.map(find).find(Boolean),
		args: ["--no-sandbox", "--disable-gpu"], protocolTimeout: 1800000,
	});
	try {
		await contents(browser);
		for (const device of Object.keys(widths))
			for (const scheme of ["light", "dark"])
				await look(browser, device, scheme);
		await tables(browser);
		await print(browser);
	} finally {
		await browser.close();
	}
	console.log(`1..${n}`);
	process.exitCode = failed ? 1 : 0;
})().catch(error => {
	console.log(`Bail out! ${error.stack}`);
	process.exitCode = 1;
});
