import { expect, test } from "vitest";
import { ImportPlan, type ImportSettings, type KnownUser } from "./import-plan.ts";
import type { ReadRow } from "./import-row.ts";

const row = (
  line: number,
  email: string,
  more: Partial<Extract<ReadRow, { email: string }>> = {},
): ReadRow => ({
  line,
  email,
  name: null,
  role: null,
  ...more,
});
const known = (email: string, more: Partial<KnownUser> = {}): KnownUser => ({
  id: `usr_${email}`,
  email,
  name: "Known",
  role: "attendee",
  joined: false,
  memberRole: null,
  banned: false,
  ...more,
});

function plan(settings: Partial<ImportSettings> = {}, freeSeats: number | null = null) {
  let next = 0;
  const created = new ImportPlan({
    eventId: null,
    defaultRole: null,
    newId: () => `usr_${next++}`,
    ...settings,
  });
  created.freeSeats = freeSeats;
  return (rows: ReadRow[], ...users: KnownUser[]) =>
    created.planBatch(rows, new Map(users.map((user) => [user.email, user])));
}

test("who is new is created, with a name from the address where the file has none", () => {
  expect(plan()([row(2, "ada@x.org", { name: "Ada", role: "speaker" }), row(3, "bob@x.org")])).toEqual([
    {
      line: 2,
      status: "created",
      userId: "usr_0",
      create: { email: "ada@x.org", name: "Ada", role: "speaker" },
    },
    {
      line: 3,
      status: "created",
      userId: "usr_1",
      create: { email: "bob@x.org", name: "bob", role: "attendee" },
    },
  ]);
});

test("who is known and as in the file is skipped; what is empty in the file changes nothing", () => {
  const result = plan()(
    [row(2, "a@x.org"), row(3, "b@x.org", { name: "Known", role: "attendee" })],
    known("a@x.org"),
    known("b@x.org"),
  );
  expect(result.map(({ status }) => status)).toEqual(["skipped", "skipped"]);
});

test("a known person gets the name and role of the file", () => {
  const [planned] = plan({ defaultRole: "speaker" })([row(2, "a@x.org", { name: "Ada" })], known("a@x.org"));
  expect(planned).toMatchObject({
    status: "updated",
    change: { name: "Ada", role: "speaker", roleChanged: true },
  });
});

test("an admin is not demoted", () => {
  const [planned] = plan()(
    [row(2, "a@x.org", { role: "attendee", name: "B" })],
    known("a@x.org", { role: "admin" }),
  );
  expect(planned).toMatchObject({ status: "invalid", detail: expect.stringContaining("admin") });
  expect(planned?.change).toBeUndefined();
});

test("the second row of an email is skipped, also in a later batch", () => {
  const batch = plan();
  expect(batch([row(2, "a@x.org"), row(3, "a@x.org")])[1]).toMatchObject({
    status: "skipped",
    detail: "line 2 has this email",
  });
  expect(batch([row(9, "a@x.org")], known("a@x.org"))[0]).toMatchObject({ status: "skipped" });
});

test("with an event, roles hold there only, and everyone joins", () => {
  const rows = [
    row(2, "new@x.org", { role: "moderator" }),
    row(3, "old@x.org", { role: "speaker" }),
    row(4, "admin@x.org", { role: "admin" }),
  ];
  const [created, updated, refused] = plan({ eventId: "evt_a" })(rows, known("old@x.org"));
  expect(created).toMatchObject({
    status: "created",
    create: { role: "attendee" },
    join: true,
    memberRole: "moderator",
  });
  expect(updated).toMatchObject({ status: "updated", join: true, memberRole: "speaker" });
  expect(updated?.change).toBeUndefined();
  expect(refused).toMatchObject({ status: "invalid", detail: "admin is no role in an event" });
});

test("who has joined and holds the role already is skipped, and nobody is demoted to an attendee there", () => {
  const there = known("a@x.org", { joined: true, memberRole: "speaker" });
  expect(plan({ eventId: "evt_a" })([row(2, "a@x.org", { role: "speaker" })], there)[0]?.status).toBe(
    "skipped",
  );
  expect(plan({ eventId: "evt_a" })([row(2, "a@x.org", { role: "attendee" })], there)[0]?.status).toBe(
    "skipped",
  );
});

test("seats go by the order of the file until none is left", () => {
  const batch = plan({ eventId: "evt_a" }, 2);
  const rows = ["a", "b", "c"].map((name, index) => row(index + 2, `${name}@x.org`));
  expect(batch(rows).map(({ join, detail }) => join ?? detail)).toEqual([
    true,
    true,
    "the event is full: has no seat",
  ]);
  expect(batch([row(9, "old@x.org")], known("old@x.org"))[0]).toMatchObject({ status: "skipped" });
});

test("who is banned stays out", () => {
  const [planned] = plan({ eventId: "evt_a" })(
    [row(2, "a@x.org", { name: "New" })],
    known("a@x.org", { banned: true }),
  );
  expect(planned).toEqual({ line: 2, status: "skipped", detail: "is banned from the event", userId: null });
});
