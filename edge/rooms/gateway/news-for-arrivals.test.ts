import { expect, test } from "vitest";
import type { PersonalNews } from "../../protocol/internal-rooms.ts";
import { NewsForArrivals } from "./news-for-arrivals.ts";

const vote = (userId: string): PersonalNews => ({
  type: "poll:voted",
  userId,
  data: { pollId: "pol_a", optionIds: ["opt_a"] },
});

test("each who is on the way in hears what they did meanwhile, on every device, and nobody else does", () => {
  const arrivals = new NewsForArrivals();
  arrivals.hear(vote("usr_a"));
  const [first, second, other] = [arrivals.begin("usr_a"), arrivals.begin("usr_a"), arrivals.begin("usr_b")];
  const stranger = arrivals.begin(null);
  arrivals.hear(vote("usr_a"));
  first.end();
  arrivals.hear(vote("usr_a"));
  second.end();
  arrivals.hear(vote("usr_a"));
  expect([first, second, other, stranger].map(({ news }) => news.length)).toEqual([1, 2, 0, 0]);
});

test("who comes again later begins with nothing", () => {
  const arrivals = new NewsForArrivals();
  const first = arrivals.begin("usr_a");
  const second = arrivals.begin("usr_a");
  second.end();
  first.end();
  const later = arrivals.begin("usr_a");
  expect(later.news).toEqual([]);
  arrivals.hear(vote("usr_a"));
  expect(later.news).toEqual([vote("usr_a")]);
});
