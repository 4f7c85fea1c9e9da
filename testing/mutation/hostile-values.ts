/** Values that break servers, by the place they are put. JSON values are JSON texts: `1e309` has no other form. */
import type { SubjectKind } from "../../edge/api/authorisation/access-rule.ts";

/** Tried in every text, in every run. */
export const worstTexts: readonly string[] = [
  "x".repeat(1_000_000),
  "a\0b",
  "x\ud800y",
  "\u202egnp.exe\u202c\u200f",
  "<script>alert(1)</script>",
  "'; drop table users; --",
];

export const hostileTexts: readonly string[] = [
  ...worstTexts,
  // 3 bytes a character: beyond the largest body.
  "漢".repeat(400_000),
  "\udfff\ud800",
  '"><img src=x onerror=alert(1)>',
  "' or '1'='1",
  "\\'; select pg_sleep(10); --",
  "$1 $2 {{7*7}} %s %n",
  "%_\\%__%\\",
  "../../../../etc/passwd",
  "",
  " ",
  "\t\r\n\u2028\u2029",
  "\u0001\u001b[31m\u007f\u0085",
  "\ufeff\ufffe\uffff",
  "\u200b\u200d\u{e0001}",
  `e${"\u0301".repeat(20_000)}`,
  "👨‍👩‍👧‍👦".repeat(300),
  "ﷺ".repeat(64),
  "İıſK",
  "__proto__",
  "constructor",
  "null",
  "NaN",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "http://[::1",
  "http://\ud800.example",
  "https://user:secret@example.org:99999/",
  "a@b",
  `${"a".repeat(64)}@${"b.".repeat(90)}org`,
  "ada@xn--\u0301.example",
  "#zzzzzz",
  "Mars/Olympus",
  "+99:99",
];

export const worstInstants: readonly string[] = ["0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z"];

export const hostileInstants: readonly string[] = [
  ...worstInstants,
  "0000-12-31T23:59:59.999Z",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
  "+010000-01-01T00:00:00Z",
  "-000001-01-01T00:00:00Z",
  "+275760-09-13T00:00:00Z",
  "4713-01-01 BC",
  "2026-02-29T00:00:00Z",
  "2026-02-30T25:61:61Z",
  "2026-06-30T23:59:60Z",
  "2026-06-30T24:00:00Z",
  "2026-01-01T00:00:00+99:99",
  "2026-01-01T00:00:00.1234567890123456789Z",
  "2026-01-01",
  "2026-01-01T00:00:00",
  "2026-W01-1T00:00:00Z",
  "infinity",
  "-infinity",
  // Fine by themselves; one may be an end before its beginning.
  "2026-07-01T08:00:00Z",
  "2027-04-01T08:00:00Z",
  "now",
  "epoch",
];

/** As JSON has them. */
export const worstNumbers: readonly string[] = ["-1", "0.5", "1e309"];

export const hostileNumbers: readonly string[] = [
  ...worstNumbers,
  "-0",
  "0",
  "-2.75",
  "-1e309",
  "1e-400",
  "1E2",
  "2147483648",
  "-2147483649",
  "9007199254740993",
  "9223372036854775808",
  "1".repeat(10_000),
];

/** `@kind:index@` is replaced by an id of the world that the request meets: own, another's, absent. */
export const idOf = (kind: SubjectKind, index: number) => `@${kind}:${index}@`;

const subjectKinds: readonly SubjectKind[] = [
  "account",
  "login",
  "event",
  "session",
  "stream",
  "recording",
  "message",
  "question",
  "poll",
];

/** An id of another, of another kind, of nobody; a way out of the path; 10 KiB. */
export const worstIds: readonly string[] = [
  ...subjectKinds.flatMap((kind) => [idOf(kind, 1)]),
  idOf("event", 5),
  "../",
  `evt_${"a".repeat(10_240)}`,
];

export const hostileIds: readonly string[] = [
  ...subjectKinds.flatMap((kind) => [0, 2, 3, 4].map((index) => idOf(kind, index))),
  ...worstIds,
  "..",
  ".",
  "../../internal/media/commands",
  "..\\..\\",
  `usr_${"/".repeat(10_240)}`,
  "evt_",
  "usr_0",
  "ses_'; drop table sessions; --",
  "str_%00",
  "str_\0",
  "evt_\ud800",
  "EVT_AAAAAAAAAAAAAAAAAAAAAA",
  " evt_AAAAAAAAAAAAAAAAAAAAAA",
  "evt_АААААААААААААААААААААА",
  "*",
  "0",
  "-1",
  "null",
  "{id}",
  ":id",
  "a/b?c=d#e",
  ";jsessionid=1",
];

function nested(open: string, close: string, levels: number): string {
  return `${open.repeat(levels)}${close.repeat(levels)}`;
}

/** Wrong kinds of value for any field, as JSON texts. */
export const worstJson: readonly string[] = ["null", "[]", nested("[", "]", 70)];

export const hostileJson: readonly string[] = [
  ...worstJson,
  "true",
  "0",
  "{}",
  '""',
  '[null,[],{"a":1}]',
  '{"length":1,"toString":null}',
  '{"__proto__":{"role":"admin"},"constructor":{"prototype":{}}}',
  nested("[", "]", 40),
  nested("[", "]", 100_000),
  `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  `[${"0,".repeat(20_000)}0]`,
  `{${Array.from({ length: 5_000 }, (_, index) => `"k${index}":0`).join(",")}}`,
];

/** Whole bodies, most of them no JSON. */
export const worstBodies: readonly string[] = ["", "{", nested("[", "]", 100_000)];

export const hostileBodies: readonly string[] = [
  ...worstBodies,
  " ",
  "}",
  "[",
  "nul",
  "'a'",
  "{'a':1}",
  '{"a":1,}',
  '{"a":01}',
  '{"a":NaN}',
  '{"a":"\\ud8"}',
  '{"a":"\u0001"}',
  '{"a":1}{"a":2}',
  "\ufeff{}",
  "\0",
  "\u00ff\u00fe",
  '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
  "a=1&a=2",
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
  'email,name,email\n"a,b\n',
  'email;name;role\n"x@example.org";"\0";"root"\r\n',
  `email,name\n${"a,".repeat(50_000)}`,
  `email,name\n"${"x".repeat(200_000)}`,
  '{"users":[{"email":"a@example.org","name":"\ud800"},1,null,[],{"email":{}}]}',
  '{"users":{"length":5}}',
  '{"users":[',
  ...hostileJson,
];

export const worstContentTypes: readonly string[] = ["", "text/plain", "multipart/form-data"];

export const hostileContentTypes: readonly string[] = [
  ...worstContentTypes,
  "application/jsonp",
  "application/json; charset=utf-16",
  "application/json, text/plain",
  "application/json;;;=",
  "APPLICATION/JSON",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=",
  "multipart/form-data; boundary=x",
  "text/csv",
  "text/csv; charset=utf-7",
  "image/png",
  "image/svg+xml",
  "*/*",
  "/",
  `application/${"x".repeat(10_240)}`,
];

/** Header values have no control characters and nothing beyond Latin-1: the server in front refuses the rest. */
export const worstHeaders: readonly [name: string, value: string][] = [
  ["authorization", "Bearer a.b.c"],
  ["content-type", "text/plain"],
  ["content-length", "-1"],
];

export const hostileHeaders: readonly [name: string, value: string][] = [
  ...worstHeaders,
  ["authorization", ""],
  ["authorization", "Bearer"],
  ["authorization", "Basic YWRtaW46YWRtaW4="],
  ["authorization", `Bearer ${"a".repeat(10_240)}`],
  ["authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfYSJ9."],
  ["cookie", "rostrum_session=%00"],
  ["cookie", `rostrum_session=${"a".repeat(10_240)}`],
  ["cookie", "rostrum_session=a; rostrum_session=b; =; ;;"],
  ["cookie", "rostrum_session=%E0%A4%A"],
  ["idempotency-key", ""],
  ["idempotency-key", "k"],
  ["idempotency-key", "\u00ff\u00fe"],
  ["idempotency-key", "k".repeat(10_240)],
  ["if-match", '"'],
  ["if-match", "*"],
  ["if-match", '"1e309-x"'],
  ["if-match", `"${"9".repeat(1_000)}-x"`],
  ["if-match", '"1-x",'.repeat(5_000)],
  ["if-none-match", 'W/"'],
  ["if-none-match", "*"],
  ["if-none-match", '"a",'.repeat(5_000)],
  ["content-length", "1e309"],
  ["content-length", "99999999999999999999"],
  ["content-encoding", "gzip, br"],
  ["transfer-encoding", "chunked, chunked"],
  ["x-request-id", "<script>"],
  ["x-request-id", "r".repeat(10_240)],
  ["x-forwarded-for", "1.2.3.4, ::1, <script>"],
  ["x-rostrum-client-address", "'; drop table logins; --"],
  ["x-rostrum-scheme", "https, http"],
  ["x-http-method-override", "DELETE"],
  ["origin", "null"],
  ["origin", "https://evil.example"],
  ["sec-fetch-site", "cross-site"],
  ["user-agent", "\u00e9".repeat(10_240)],
  ["accept", "application/xml;q=1e309"],
  ["range", "bytes=0-,-1,1-0"],
];
