// Works on a twin with the official JavaScript SDK as on Notion, but for the base URL.
// node session.mjs BASE_URL TOKEN ROOT_PAGE_ID, where @notionhq/client can be imported. Prints "ok" at the end.

import assert from "node:assert/strict";
import {
  APIErrorCode,
  Client,
  collectPaginatedAPI,
  isFullDatabase,
  isFullDataSource,
  isFullPage,
  isFullView,
} from "@notionhq/client";

const [baseUrl, auth, root] = process.argv.slice(2);
const notion = new Client({ auth, baseUrl, notionVersion: "2026-03-11", retry: false });
const text = (content) => [{ type: "text", text: { content } }];
const titles = (pages) => pages.map((page) => page.properties.Name.title[0].plain_text);

const me = await notion.users.me({});
assert.equal(me.type, "bot");
assert.equal((await notion.users.list({})).results[0].id, me.id);

const projects = await notion.databases.create({
  parent: { type: "page_id", page_id: root },
  title: text("Projects"),
  initial_data_source: { properties: { Name: { title: {} } } },
});
assert.ok(isFullDatabase(projects));
const projectsSource = projects.data_sources[0].id;
const tasks = await notion.databases.create({
  parent: { type: "page_id", page_id: root },
  title: text("Tasks"),
  initial_data_source: {
    properties: {
      Name: { title: {} },
      Stage: { select: { options: [{ name: "New", color: "blue" }, { name: "Done" }] } },
      Status: { status: {} },
      Points: { number: { format: "number" } },
      Due: { date: {} },
      Double: { formula: { expression: 'prop("Points") * 2' } },
      Project: {
        relation: { data_source_id: projectsSource, type: "dual_property", dual_property: {} },
      },
    },
  },
});
const source = tasks.data_sources[0].id;
const made = await notion.dataSources.retrieve({ data_source_id: source });
assert.ok(isFullDataSource(made));
assert.equal(made.properties.Project.relation.dual_property.synced_property_name, "Related to Tasks (Project)");

const project = await notion.pages.create({
  parent: { type: "data_source_id", data_source_id: projectsSource },
  properties: { Name: { title: text("Alpha") } },
});
const pages = [];
for (let n = 0; n < 7; n += 1) {
  const page = await notion.pages.create({
    parent: { type: "data_source_id", data_source_id: source },
    properties: {
      Name: { title: text(`Task ${n}`) },
      Stage: { select: { name: n % 2 ? "Done" : "New" } },
      Points: { number: n },
      Due: { date: { start: `2026-05-0${n + 1}` } },
      Project: { relation: [{ id: project.id }] },
    },
  });
  assert.ok(isFullPage(page));
  pages.push(page);
}
assert.equal(pages[3].properties.Double.formula.number, 6);

const done = await notion.dataSources.query({
  data_source_id: source,
  filter: { and: [{ property: "Stage", select: { equals: "Done" } }, { property: "Points", number: { less_than: 5 } }] },
  sorts: [{ property: "Points", direction: "ascending" }],
});
assert.deepEqual(titles(done.results), ["Task 1", "Task 3"]);
const all = await collectPaginatedAPI(notion.dataSources.query, { data_source_id: source, page_size: 3 });
assert.equal(all.length, 7);

const mirror = await notion.pages.properties.retrieve({
  page_id: project.id,
  property_id: made.properties.Project.relation.dual_property.synced_property_id,
});
assert.equal(mirror.results.length, 7);

const changed = await notion.dataSources.update({
  data_source_id: source,
  properties: { Points: { name: "Effort" }, Due: null, Note: { rich_text: {} } },
});
assert.deepEqual(Object.keys(changed.properties).sort(), [
  "Double", "Effort", "Name", "Note", "Project", "Stage", "Status",
]);
assert.match(changed.properties.Double.formula.expression, /Effort|notion:block_property/);

const written = await notion.pages.update({
  page_id: pages[0].id,
  properties: { Effort: { number: 40 }, Note: { rich_text: text("noted") } },
  icon: { type: "emoji", emoji: "🧭" },
});
assert.equal(written.properties.Double.formula.number, 80);

const appended = await notion.blocks.children.append({
  block_id: pages[0].id,
  children: [
    { heading_2: { rich_text: text("Steps") } },
    { to_do: { rich_text: text("one"), checked: true } },
    { toggle: { rich_text: text("more"), children: [{ paragraph: { rich_text: text("inside") } }] } },
  ],
});
assert.equal(appended.results.length, 3);
assert.equal((await notion.blocks.children.list({ block_id: appended.results[2].id })).results.length, 1);
await notion.blocks.update({ block_id: appended.results[1].id, to_do: { rich_text: text("one"), checked: false } });
assert.equal((await notion.blocks.delete({ block_id: appended.results[0].id })).in_trash, true);
assert.equal((await notion.blocks.children.list({ block_id: pages[0].id })).results.length, 2);

const comment = await notion.comments.create({ parent: { page_id: pages[0].id }, rich_text: text("well done") });
const comments = await notion.comments.list({ block_id: pages[0].id });
assert.deepEqual(comments.results.map((one) => one.id), [comment.id]);

const view = await notion.views.create({
  database_id: tasks.id,
  data_source_id: source,
  name: "By stage",
  type: "board",
  configuration: { type: "board", group_by: { type: "select", property_id: made.properties.Stage.id, sort: { type: "manual" } } },
});
assert.ok(isFullView(view));
assert.equal((await notion.views.update({ view_id: view.id, name: "Stages" })).name, "Stages");
assert.equal((await notion.views.list({ database_id: tasks.id })).results.length, 2);
await notion.views.delete({ view_id: view.id });

const found = await notion.search({ query: "Projects", filter: { property: "object", value: "data_source" } });
assert.equal(found.results[0].id, projectsSource);

const page = await notion.pages.create({ parent: { page_id: root }, properties: { title: { title: text("Elsewhere") } } });
const moved = await notion.pages.move({ page_id: page.id, parent: { type: "page_id", page_id: pages[0].id } });
assert.equal(moved.parent.page_id, pages[0].id);
assert.equal((await notion.pages.update({ page_id: page.id, in_trash: true })).in_trash, true);

const picture = await notion.fileUploads.create({ mode: "single_part", filename: "a.png", content_type: "image/png" });
const bytes = new Uint8Array([137, 80, 78, 71, 13, 10, 13, 10, 0, 255]);
const sent = await notion.fileUploads.send({
  file_upload_id: picture.id,
  file: { filename: "a.png", data: new Blob([bytes], { type: "image/png" }) },
});
assert.deepEqual([sent.status, sent.content_length], ["uploaded", 10]);
const shown = await notion.blocks.children.append({
  block_id: pages[0].id,
  children: [{ type: "image", image: { type: "file_upload", file_upload: { id: picture.id } } }],
});
const download = await fetch(shown.results[0].image.file.url);
assert.deepEqual(new Uint8Array(await download.arrayBuffer()), bytes);
const film = await notion.fileUploads.create({ mode: "multi_part", filename: "a.mp4", number_of_parts: 1 });
await notion.fileUploads.send({
  file_upload_id: film.id,
  part_number: "1",
  file: { filename: "a.mp4", data: new Blob(["film"], { type: "video/mp4" }) },
});
assert.equal((await notion.fileUploads.complete({ file_upload_id: film.id })).status, "uploaded");
assert.equal((await notion.fileUploads.retrieve({ file_upload_id: picture.id })).expiry_time, null);
assert.equal((await notion.fileUploads.list({ status: "uploaded" })).results.length, 2);

const second = await notion.dataSources.create({
  parent: { type: "database_id", database_id: tasks.id },
  title: text("Archive"),
  properties: { Name: { title: {} }, Files: { files: {} } },
});
const kept = await notion.pages.create({
  parent: { type: "data_source_id", data_source_id: second.id },
  properties: { Files: { files: [{ name: "a.png", type: "file_upload", file_upload: { id: picture.id } }] } },
});
assert.equal(kept.properties.Files.files[0].type, "file");
assert.equal((await notion.databases.retrieve({ database_id: tasks.id })).data_sources.length, 2);
assert.deepEqual((await notion.dataSources.listTemplates({ data_source_id: second.id })).templates, []);

await assert.rejects(notion.pages.retrieve({ page_id: "3c6f5b3e-7f0a-4d54-9d8b-0a2a4b1c9e11" }), {
  code: APIErrorCode.ObjectNotFound,
  status: 404,
});
await assert.rejects(notion.pages.create({ parent: { page_id: root }, properties: { Nope: { number: 1 } } }), {
  code: APIErrorCode.ValidationError,
});

assert.equal((await notion.databases.update({ database_id: tasks.id, in_trash: true })).in_trash, true);
console.log("ok");
