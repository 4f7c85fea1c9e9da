import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Problem } from "../../protocol/problem.ts";
import { chooseDelimiter, readHeader } from "./csv-header.ts";
import { readCsvRows } from "./csv-rows.ts";
import type { ReadRow } from "./import-row.ts";

/** The file in chunks of `size` bytes, so that characters and records are cut anywhere. */
function file(content: string | Uint8Array, size = 7): ReadableStream<Uint8Array> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

const read = (content: string | Uint8Array, size?: number) => readCsvRows(file(content, size));
const ada = { line: 2, email: "ada@example.org", name: "Ada", role: "speaker" };

async function refusal(content: string | Uint8Array, size?: number): Promise<unknown> {
  const error = await read(content, size).catch((thrown: unknown) => thrown);
  if (!(error instanceof Problem)) throw new Error(`no problem: ${JSON.stringify(error)}`);
  return error.options.errors?.[0] ?? error.code;
}

test.each([
  ["commas", "email,name,role\nada@example.org,Ada,speaker\n"],
  ["semicolons", "email;name;role\nada@example.org;Ada;speaker\n"],
  ["CRLF", "email,name,role\r\nada@example.org,Ada,speaker\r\n"],
  ["CR", "email,name,role\rada@example.org,Ada,speaker\r"],
  ["no line end at the end", "email,name,role\nada@example.org,Ada,speaker"],
  ["a byte order mark", "\ufeffemail,name,role\nada@example.org,Ada,speaker\n"],
  ["quotes everywhere", '"email","name","role"\n"ada@example.org","Ada","speaker"\n'],
  ["columns in another order and case", "ROLE,Email ,NAME\nspeaker,ADA@example.org, Ada \n"],
  ["columns that mean nothing here", "x,email,name,y,role\n1,ada@example.org,Ada,2,speaker\n"],
])("a file with %s is read", async (_what, content) => {
  for (const size of [1, 7, 65_536]) expect(await read(content, size)).toEqual([ada]);
});

test("a comma inside a field of a file with semicolons stays where it is", async () => {
  const rows = await read('email;name\nada@example.org;"Lovelace, Ada"\nbob@example.org;Bob, Dr\n');
  expect(rows.map((row) => "name" in row && row.name)).toEqual(["Lovelace, Ada", "Bob, Dr"]);
});

test("each row knows the line it begins on, over line breaks in quotes and empty lines", async () => {
  const content =
    'email,note\r\na@example.org,"one\r\ntwo\r\nthree"\r\n\r\nb@example.org,x\nc@example.org,"y\nz"\r\nd@example.org,\n';
  const rows = await read(content, 3);
  expect(rows.map(({ line }) => line)).toEqual([2, 6, 7, 9]);
});

test("quotes inside quotes are read", async () => {
  const [row] = await read('email,name\nada@example.org,"Ada ""Countess"" Lovelace"\n');
  expect(row).toMatchObject({ name: 'Ada "Countess" Lovelace' });
});

test("rows that cannot be used say why, and the others stand", async () => {
  const rows = await read(
    [
      "email,name,role",
      "ada@example.org,Ada,speaker",
      "nobody,Bob,attendee",
      ",Eve,attendee",
      "eve@example.org,Eve,owner",
      "eve@example.org,E\u0007ve,",
      `eve@example.org,${"E".repeat(101)},`,
      "just@example.org",
      "more@example.org,More,attendee,and,more",
    ].join("\n"),
  );
  const said = rows.map((row: ReadRow) => ("invalid" in row ? row.invalid : row.email));
  expect(said).toEqual([
    "ada@example.org",
    "email is not an email address",
    "there is no email",
    "role is none of attendee, speaker, moderator, admin",
    "name is longer than 100 characters or has control characters",
    "name is longer than 100 characters or has control characters",
    "just@example.org",
    "more@example.org",
  ]);
});

test("a field may have 64 KiB and no more", async () => {
  const rows = await read(
    `email,name\na@example.org,${"x".repeat(65_536)}\nb@example.org,${"x".repeat(65_537)}\nc@example.org,${"\u20ac".repeat(21_846)}\nd@example.org,D\n`,
    10_000,
  );
  expect(rows.map((row) => ("invalid" in row ? row.invalid : row.email))).toEqual([
    "name is longer than 100 characters or has control characters",
    "name is longer than 64 KiB",
    "name is longer than 64 KiB",
    "d@example.org",
  ]);
});

test.each([
  ["an empty file", "", { pointer: "/line/1", detail: "the file is empty" }],
  ["empty lines alone", "\n\n\n", { pointer: "/line/1", detail: "the file is empty" }],
  [
    "a column that stands twice",
    "email,name,Email\na@example.org,A,b@example.org\n",
    { pointer: "/line/1", detail: "the column email stands twice" },
  ],
  [
    "no column for the email",
    "mail,name\na@example.org,A\n",
    { pointer: "/line/1", detail: "the first line must name the columns: email, name, role" },
  ],
  [
    "a quote that is never closed",
    'email,name\na@example.org,A\nb@example.org,"B\nc@example.org,C\n',
    { pointer: "/line/3", detail: "a quote is never closed" },
  ],
  [
    "something behind a closing quote",
    'email,name\na@example.org,"A"x\n',
    {
      pointer: "/line/2",
      detail: 'something stands behind a closing quote: write a quote inside quotes as ""',
    },
  ],
  [
    "a quote in the middle",
    'email,name\na@example.org,A "x" B\n',
    { pointer: "/line/2", detail: "a quote stands inside a text that is not quoted" },
  ],
])("%s is refused as a whole, with the line", async (_what, content, problem) => {
  for (const size of [1, 65_536]) expect(await refusal(content, size)).toEqual(problem);
});

test("what is not UTF-8 is refused, wherever it stands", async () => {
  const latin = Uint8Array.from(Buffer.from("email,name\na@example.org,Zo\u00eb\n", "latin1"));
  const utf16 = Uint8Array.from(Buffer.from("\ufeffemail,name\na@example.org,A\n", "utf16le"));
  const cut = new TextEncoder().encode("email,name\na@example.org,\u20ac").slice(0, -1);
  for (const content of [latin, utf16, cut]) {
    expect(await refusal(content)).toMatchObject({ detail: expect.stringContaining("UTF-8") });
  }
});

test("a quote that swallows the rest of a large file is found before it fills the memory", async () => {
  const content = `email,name\na@example.org,"${"x,y\n".repeat(400_000)}`;
  expect(await refusal(content, 65_536)).toEqual({
    pointer: "/line/2",
    detail: "a row is too long: is a quote never closed?",
  });
});

test("more than 100,000 rows are too many", async () => {
  const content = `email\n${"a@example.org\n".repeat(100_001)}`;
  expect(await refusal(content, 65_536)).toBe("too-large");
}, 60_000);

test("whatever is quoted as RFC 4180 says comes back as it was", async () => {
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((name) => !/^[\s\ufeff]*$/.test(name));
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 8 }),
      fc.constantFrom(",", ";"),
      fc.integer({ min: 1, max: 9 }),
      async (names, sign, size) => {
        const quoted = names.map(
          (name, index) => `u${index}@example.org${sign}"${name.replaceAll('"', '""')}"`,
        );
        const rows = await read(`email${sign}name\r\n${quoted.join("\r\n")}`, size);
        expect(rows.length).toBe(names.length);
        for (const [index, row] of rows.entries()) {
          if ("name" in row) expect(row.name).toBe(names[index]?.trim());
        }
      },
    ),
    { numRuns: 100, seed: 4180 },
  );
});

test("the delimiter is what stands between the names, not what stands in them", () => {
  expect(chooseDelimiter('email;"name, as on the badge, please";role')).toBe(";");
  expect(chooseDelimiter("email,name")).toBe(",");
  expect(chooseDelimiter("email")).toBe(",");
});

test("empty names of columns may stand twice", () => {
  expect(readHeader(["email", "", ""])).toMatchObject({ ok: true });
});
